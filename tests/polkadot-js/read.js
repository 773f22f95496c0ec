// What polkadot-js-api cannot do on the command line: ask a runtime API, and say an error in words. The arguments are JSON,
// the answers too.
//
//   PRAXIS_WS=ws://127.0.0.1:9944 node read.js taskMarketApi.openTasks 0 10
//   node read.js modelsApi.models '{"CartPole":null}' 0 10
//   node read.js                                            lists what can be asked
//   node read.js error 14 0x0e000000                        the words of a `dispatchError`'s `index` and `error`
import { connect, print, words } from './connect.js';

const [name, ...rest] = process.argv.slice(2);

/** A word that is no JSON, such as an address, is itself. */
function argument(word) {
  try {
    return JSON.parse(word);
  } catch {
    return word;
  }
}

try {
  const api = await connect();
  if (!name) {
    for (const section of Object.keys(api.call).filter((key) => /^(task|teaching|worker|evaluation|models|oracle|rewards)/.test(key))) {
      for (const [method, { meta }] of Object.entries(api.call[section])) {
        print(`${section}.${method}(${meta.params.map((param) => `${param.name}: ${param.type}`).join(', ')}): ${meta.type}`);
      }
    }
  } else if (name === 'error') {
    const [index, error] = rest;
    print(words(api, api.createType('DispatchError', { Module: { index: Number(index), error } })));
  } else {
    const [section, method] = name.split('.');
    if (!api.call[section]?.[method]) throw new Error(`the chain has no ${name}; without arguments this lists what it has`);
    print(JSON.stringify((await api.call[section][method](...rest.map(argument))).toHuman(), null, 2));
  }
  process.exit(0);
} catch (error) {
  console.error(`Error: ${error.message}`);
  process.exit(1);
}
