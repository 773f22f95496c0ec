#!/bin/sh
# The task market with `polkadot-js-api` of the npm package @polkadot/api-cli: see docs/polkadot-js.md. NODE is the node's
# address, KEY the requester's key, WORKER and OPERATOR those of a worker, *_ADDRESS their addresses, TASK a task's number.
set -eu
cd "$(dirname "$0")"
PATH="$PWD/node_modules/.bin:$PATH"
NODE=${NODE:-ws://127.0.0.1:9944}

# register a worker; its operator agrees
register() {
polkadot-js-api --ws $NODE --seed $WORKER tx.workers.registerWorker $OPERATOR_ADDRESS '{"cores":2,"memory":4096,"gpus":0,"gpuMemory":0}' http://127.0.0.1:9630
polkadot-js-api --ws $NODE --seed $OPERATOR tx.workers.acceptOperator $WORKER_ADDRESS
}

# post a task: amounts in units of 10^-12 PRX, the target in units of 2^-32
post() {
polkadot-js-api --ws $NODE --seed $KEY tx.taskMarket.postTask '{
  "environment": {"CartPole": null}, "target": 2040109465600, "episodes": 20,
  "price": 10000000000000, "budget": 10000000000000, "workers": 1,
  "applyBlocks": 100, "trainBlocks": 100, "revealBlocks": 20,
  "minimumReputation": 0, "terms": {"reputation": 400000000, "expertise": 400000000, "compute": 200000000},
  "resources": {"cores": 1, "memory": 1024, "gpus": 0, "gpuMemory": 0},
  "limits": {"maxParameters": 10000, "maxWork": 20000}
}'
}

# look: tasks in the storage, constants, the documentation of a call
look() {
polkadot-js-api --ws $NODE query.taskMarket.openTasks
polkadot-js-api --ws $NODE query.taskMarket.tasks $TASK
polkadot-js-api --ws $NODE consts.taskMarket.retentionBlocks
polkadot-js-api --ws $NODE --info tx.taskMarket.postTask
}

# apply, withdraw, commit and reveal, as the operator
apply() {
polkadot-js-api --ws $NODE --seed $OPERATOR tx.taskMarket.apply $TASK 8000000000000
}
withdraw() {
polkadot-js-api --ws $NODE --seed $OPERATOR tx.taskMarket.withdrawApplication $TASK
}

commit() {
polkadot-js-api --ws $NODE --seed $OPERATOR tx.taskMarket.commit $TASK $COMMITMENT $CID null
polkadot-js-api --ws $NODE --seed $OPERATOR tx.taskMarket.reveal $TASK @$POLICY $SALT
}

# models: what is there, a purchase
models() {
polkadot-js-api --ws $NODE query.models.byEnvironment '{"CartPole":null}'
}
buy() {
polkadot-js-api --ws $NODE --seed $KEY tx.models.buy $OFFER $ONE_TIME_KEY
}

# cancel
cancel() {
polkadot-js-api --ws $NODE --seed $KEY tx.taskMarket.cancel $TASK
}

# runtime APIs: polkadot-js-api knows them only as SCALE bytes, read.js in words
raw() {
polkadot-js-api --ws $NODE rpc.state.call EvaluationApi_queue 0x
}
ranking() {
node read.js taskMarketApi.ranking $TASK
}
reads() {
node read.js taskMarketApi.openTasks 0 10
node read.js workerRegistryApi.worker $WORKER_ADDRESS
node read.js workerRegistryApi.quality $WORKER_ADDRESS '{"CartPole":null}'
node read.js evaluationApi.queue
node read.js modelsApi.models '{"CartPole":null}' 0 10
}

for step in "$@"; do $step; done
