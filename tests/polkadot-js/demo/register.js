// Registers a worker of the task market.
//
//   PRAXIS_OWNER=//Bob//stash PRAXIS_OPERATOR=//Bob//stash//operator node register.js http://127.0.0.1:9965
import { connect } from '../connect.js';
import { account, fail, register } from './calls.js';

try {
  const api = await connect();
  await register(api, account('PRAXIS_OWNER'), account('PRAXIS_OPERATOR'), process.argv[2]);
  process.exit(0);
} catch (error) {
  fail(error);
}
