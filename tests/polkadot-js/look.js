// A look at the oracle, the authors and the awards. PRAXIS_WS names the node, by default the one on this machine.
import { ApiPromise, WsProvider } from '@polkadot/api';

const provider = new WsProvider(process.env.PRAXIS_WS ?? 'ws://127.0.0.1:9944');
const api = await ApiPromise.create({ provider });

// The oracle: what it plays, where it stands, what a block recorded.
const number = (await api.rpc.chain.getHeader()).number.toNumber();
console.log((await api.call.oracleApi.environment()).toHuman());
console.log((await api.call.oracleApi.state()).toHuman());
console.log((await api.call.oracleApi.record(number)).toHuman()); // the last 256 blocks

// Older transitions stand in the block bodies.
const { block } = await api.rpc.chain.getBlock();
console.log(block.extrinsics.filter(({ method }) => method.section === 'oracle').map(({ method }) => method.toHuman()));

// Authors and awards.
console.log((await api.call.workersApi.authors()).toHuman());
console.log((await api.call.rewardsApi.rewardStatus()).toHuman());
await api.disconnect();
