// A requester: posts tasks, follows them to their payment and tells what the chain says about them, one JSON object a line.
//
//   PRAXIS_KEY=//Alice//stash node requester.js tasks.json
//
// tasks.json: a list of { "environment": name, "spec": as taskMarket.postTask takes it, but with amounts in tokens and the
// target as a number }. Each is posted once nobody can commit to the one before any more.
import { readFileSync } from 'node:fs';
import { connect } from '../connect.js';
import { PRX, account, call, cidText, fail, fromBits, tell, toBits } from './calls.js';

/** Money that the market holds while a task is open. Its deposit for storage stays until the task is forgotten. */
const ESCROW = ['TaskBudget', 'WorkerBond'];

const text = (bytes) => new TextDecoder().decode(bytes.toU8a(true));

try {
  const wanted = JSON.parse(readFileSync(process.argv[2], 'utf8'));
  const requester = account('PRAXIS_KEY');
  const api = await connect();
  const tasks = [];

  /** Posts the next task. */
  const post = async () => {
    const { environment, spec } = wanted[tasks.length];
    const task = { environment, begun: Date.now(), states: [] };
    tasks.push(task);
    const tx = api.tx.taskMarket.postTask({
      ...spec,
      target: toBits(spec.target),
      price: BigInt(spec.price) * PRX,
      budget: BigInt(spec.budget) * PRX,
    });
    await call(api, tx, requester, {
      seen: (events) => {
        task.id = events.find((event) => api.events.taskMarket.TaskPosted.is(event)).data.task.toNumber();
      },
    });
    tell('posted', { task: task.id, environment });
  };

  /** Tells what is new in a best block. */
  const look = async (head) => {
    const { number, hash } = head;
    const at = await api.at(hash);
    for (const task of tasks.filter(({ id }) => id !== undefined)) {
      const found = await at.call.taskMarketApi.task(task.id);
      // A fork may not have it.
      if (found.isNone) continue;
      const view = found.unwrap();
      const state = view.state.type;
      const count = (part) => view.assignments.filter((assignment) => assignment[part].isSome).length;
      const [applicants, commits, reveals] = [view.applicants.toNumber(), count('commit'), count('reveal')];
      const news = JSON.stringify([state, applicants, commits, reveals]);
      if (task.news !== news) {
        task.news = news;
        const paid = view.assignments
          .filter(({ settlement }) => settlement.isSome)
          .map(({ owner, settlement }) => ({ owner: owner.toString(), paid: settlement.unwrap().paid.toString() }));
        tell('state', { task: task.id, height: number.toNumber(), state, workers: view.assignments.length, applicants, commits, reveals, paid });
      }
      task.state = state;
      if (state === 'Settled') task.seconds ??= (Date.now() - task.begun) / 1000;
    }
    const last = tasks.at(-1);
    if (!last || (tasks.length < wanted.length && last.state && !['Open', 'Drawing', 'Assigned'].includes(last.state))) await post();
  };

  /** Who made a model, its CID and where it is to be had, as the registries say. */
  const model = async (at, policy) => {
    const found = await at.call.modelsApi.model(policy);
    if (found.isNone) return null;
    const { owner, cid, score } = found.unwrap();
    const worker = await at.call.workerRegistryApi.worker(owner);
    const endpoint = worker.isSome ? text(worker.unwrap().endpoint) : null;
    return { policy: policy.toHex(), cid: cidText(cid.toU8a(true)), endpoint, score: fromBits(score) };
  };

  /** Of one who was chosen. */
  const assignment = async (at, view, task) => {
    const { owner, price, reveal, settlement } = view;
    const ended = settlement.unwrapOr(null);
    return {
      task: task.id,
      owner: owner.toString(),
      price: price.toString(),
      score: ended?.score.isSome ? fromBits(ended.score.unwrap()) : null,
      share: ended ? ended.share.toNumber() / 1e9 : null,
      paid: String(ended?.paid ?? 0),
      burnt: String(ended?.burnt ?? 0),
      slashed: String(ended?.slashed ?? 0),
      model: reveal.isSome ? await model(at, reveal.unwrap().policy) : null,
    };
  };

  /** What an account has, free and on hold, and what the market holds of it. */
  const money = async (at, address) => {
    const { data } = await at.query.system.account(address);
    const held = (await at.query.balances.holds(address)).filter(({ id }) => id.isTaskMarket);
    const sum = (reasons) => held
      .filter(({ id }) => reasons.includes(id.asTaskMarket.type))
      .reduce((total, { amount }) => total + amount.toBigInt(), 0n);
    return { total: data.free.toBigInt() + data.reserved.toBigInt(), escrow: sum(ESCROW), deposit: sum(['TaskDeposit']) };
  };

  /** Tells everything about finished tasks, as of a final block. */
  const conclude = async (at) => {
    const owners = new Set();
    let before;
    for (const task of tasks) {
      const view = (await at.call.taskMarketApi.task(task.id)).unwrap();
      const state = view.state.type;
      const posted = view.posted.toNumber();
      // Whatever the workers had before they could apply to the first task.
      before ??= await api.at(await api.rpc.chain.getBlockHash(posted));
      const assignments = [];
      for (const chosen of view.assignments) {
        owners.add(chosen.owner.toString());
        assignments.push(await assignment(at, chosen, task));
      }
      const ledger = Object.fromEntries([...view.ledger.entries()].map(([part, amount]) => [part, amount.toString()]));
      tell('result', {
        task: task.id,
        environment: task.environment,
        target: fromBits(view.spec.target),
        state,
        posted,
        committed: Math.min(...view.assignments.filter(({ commit }) => commit.isSome).map(({ commit }) => commit.unwrap().at.toNumber())),
        at: view.state.value.at.toNumber(),
        seconds: task.seconds ?? null,
        assignments,
        ledger,
      });
    }
    const accounts = [];
    for (const address of [requester.address, ...owners]) {
      const [then, now] = [await money(before, address), await money(at, address)];
      accounts.push({ address, escrow: now.escrow.toString(), deposit: now.deposit.toString(), gained: String(now.total - then.total) });
    }
    tell('done', { accounts });
  };

  const finished = ['Settled', 'Expired', 'Cancelled'];
  let busy = false;
  await api.rpc.chain.subscribeNewHeads((head) => {
    if (busy) return;
    busy = true;
    look(head).catch(fail).finally(() => { busy = false; });
  });
  await api.rpc.chain.subscribeFinalizedHeads(async (head) => {
    try {
      if (tasks.length < wanted.length || tasks.some(({ state }) => !finished.includes(state))) return;
      const at = await api.at(head.hash);
      for (const task of tasks) {
        const found = await at.call.taskMarketApi.task(task.id);
        if (found.isNone || !finished.includes(found.unwrap().state.type)) return;
      }
      await conclude(at);
      process.exit(0);
    } catch (error) {
      fail(error);
    }
  });
} catch (error) {
  fail(error);
}
