// The requester's side of a task that `praxis-worker work` does, and the registration of the worker.
//
//   export PRAXIS_WS=ws://127.0.0.1:9944
//   node work.js register                                 Bob is the owner, //Bob//operator the worker's key
//   node work.js register //Charlie http://127.0.0.1:9966 another owner, and where its models are served
//   node work.js post                                     Alice asks for a CartPole policy and waits for it
//   node work.js post '{"target": 60, "workers": 2}'      something else is asked for
//
// The last line of `post` is JSON.
import { Keyring } from '@polkadot/keyring';
import { call, connect, print } from './connect.js';

const PRX = 10n ** 12n;
const real = (x) => BigInt(Math.round(x * 2 ** 32));

const api = await connect();
const keyring = new Keyring({ type: 'sr25519' });
const [command, ...words] = process.argv.slice(2);
const alice = keyring.addFromUri('//Alice');

if (command === 'register') {
  const [uri = '//Bob', endpoint = 'http://127.0.0.1:9630'] = words;
  const [owner, operator] = [uri, `${uri}//operator`].map((key) => keyring.addFromUri(key));
  await call(api, api.tx.balances.transferKeepAlive(operator.address, PRX), alice);
  const resources = { cores: 2, memory: 4096, gpus: 0, gpuMemory: 0 };
  await call(api, api.tx.workers.registerWorker(operator.address, resources, endpoint), owner);
  await call(api, api.tx.workers.acceptOperator(owner.address), operator);
  print(`${uri} is registered`);
  process.exit(0);
}

const { target = 450, ...wishes } = JSON.parse(words[0] ?? '{}');
const posted = await call(api, api.tx.taskMarket.postTask({
  environment: { CartPole: null },
  target: real(target),
  episodes: 20,
  price: 10n * PRX,
  budget: 10n * PRX,
  workers: 1,
  applyBlocks: 6,
  trainBlocks: 100,
  revealBlocks: 20,
  minimumReputation: 0,
  terms: { reputation: 400_000_000, expertise: 400_000_000, compute: 200_000_000 },
  resources: { cores: 1, memory: 1024, gpus: 0, gpuMemory: 0 },
  limits: { maxParameters: 10_000, maxWork: 20_000 },
  ...wishes,
}), alice);
const id = posted.find((event) => api.events.taskMarket.TaskPosted.is(event)).data.task.toNumber();
for (let seconds = 0; seconds < 480; seconds += 1) {
  const found = await api.call.taskMarketApi.task(id);
  const task = found.isSome ? found.unwrap() : null;
  if (task && (task.state.isSettled || task.state.isExpired)) {
    print(JSON.stringify({
      task: id,
      state: task.state.type,
      blocks: (task.state.isSettled ? task.state.asSettled : task.state.asExpired).at.toNumber() - task.posted.toNumber(),
      assignments: task.assignments.toJSON(),
    }));
    process.exit(0);
  }
  await new Promise((done) => { setTimeout(done, 1000); });
}
throw new Error(`task ${id} is not settled`);
