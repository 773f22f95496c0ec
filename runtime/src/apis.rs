//! The runtime APIs.

use crate::*;
use alloc::vec::Vec;
use frame_support::{
	genesis_builder_helper::{build_state, get_preset},
	weights::Weight,
};
use pallet_grandpa::AuthorityId as GrandpaId;
use praxis_environment::{EnvironmentId, Real, Seed, TaskEnvironment};
use praxis_primitives_consensus::{
	api::MAX_FINGERPRINT_STEPS, vrf::Randomness as RandomnessBytes, AuthorId, AuthorSet, AuthorStatus, ForkRule,
	OracleEnvironment, OracleState, Record, RewardStatus, SlotDuration, Submission,
};
use praxis_primitives_market::{
	EvaluationError, JobId, Judgement, ModelView, PolicyHash, Progress, Quality, RankedApplicant, Sale, SaleId, TaskId,
	TaskView, WorkerRegistry, WorkerView,
};
use praxis_primitives_teaching::{
	session::StakeView,
	trainers::{Assignment, TrainerView},
	SessionId, SessionView,
};
use sp_core::{crypto::KeyTypeId, OpaqueMetadata};
use sp_inherents::{CheckInherentsResult, InherentData};
use sp_runtime::{
	traits::{Block as BlockT, NumberFor},
	transaction_validity::{TransactionSource, TransactionValidity},
	ApplyExtrinsicResult, ExtrinsicInclusionMode, Perbill,
};
use sp_session::OpaqueGeneratedSessionKeys;

/// Height of the block that a runtime API is asked about: the child of the present one.
fn next_block() -> BlockNumber {
	System::block_number().saturating_add(1)
}

/// The submission of transitions that an extrinsic is, if it is one. Its signature is not checked.
fn submission_of(extrinsic: UncheckedExtrinsic) -> Option<Submission<AccountId>> {
	let generic::Preamble::Signed(Address::Id(signer), ..) = extrinsic.preamble else { return None };
	match extrinsic.function {
		RuntimeCall::Oracle(pallet_oracle::Call::submit_transitions {
			parent, slot, attempt, step, reward, ..
		}) => Some(Submission { signer, parent, slot, attempt, step, reward }),
		_ => None,
	}
}

sp_api::impl_runtime_apis! {
	impl sp_api::Core<Block> for Runtime {
		fn version() -> RuntimeVersion {
			VERSION
		}

		fn execute_block(block: <Block as BlockT>::LazyBlock) {
			Executive::execute_block(block);
		}

		fn initialize_block(header: &<Block as BlockT>::Header) -> ExtrinsicInclusionMode {
			Executive::initialize_block(header)
		}
	}

	impl sp_api::Metadata<Block> for Runtime {
		fn metadata() -> OpaqueMetadata {
			OpaqueMetadata::new(Runtime::metadata().into())
		}

		fn metadata_at_version(version: u32) -> Option<OpaqueMetadata> {
			Runtime::metadata_at_version(version)
		}

		fn metadata_versions() -> Vec<u32> {
			Runtime::metadata_versions()
		}
	}

	impl frame_support::view_functions::runtime_api::RuntimeViewFunction<Block> for Runtime {
		fn execute_view_function(
			id: frame_support::view_functions::ViewFunctionId,
			input: Vec<u8>,
		) -> Result<Vec<u8>, frame_support::view_functions::ViewFunctionDispatchError> {
			Runtime::execute_view_function(id, input)
		}
	}

	impl sp_block_builder::BlockBuilder<Block> for Runtime {
		fn apply_extrinsic(extrinsic: <Block as BlockT>::Extrinsic) -> ApplyExtrinsicResult {
			Executive::apply_extrinsic(extrinsic)
		}

		fn finalize_block() -> <Block as BlockT>::Header {
			Executive::finalize_block()
		}

		fn inherent_extrinsics(data: InherentData) -> Vec<<Block as BlockT>::Extrinsic> {
			data.create_extrinsics()
		}

		fn check_inherents(block: <Block as BlockT>::LazyBlock, data: InherentData) -> CheckInherentsResult {
			data.check_extrinsics(&block)
		}
	}

	impl sp_transaction_pool::runtime_api::TaggedTransactionQueue<Block> for Runtime {
		fn validate_transaction(
			source: TransactionSource,
			tx: <Block as BlockT>::Extrinsic,
			block_hash: <Block as BlockT>::Hash,
		) -> TransactionValidity {
			Executive::validate_transaction(source, tx, block_hash)
		}
	}

	impl sp_offchain::OffchainWorkerApi<Block> for Runtime {
		fn offchain_worker(header: &<Block as BlockT>::Header) {
			Executive::offchain_worker(header)
		}
	}

	impl sp_session::SessionKeys<Block> for Runtime {
		fn generate_session_keys(owner: Vec<u8>, seed: Option<Vec<u8>>) -> OpaqueGeneratedSessionKeys {
			SessionKeys::generate(&owner, seed).into()
		}

		fn decode_session_keys(encoded: Vec<u8>) -> Option<Vec<(Vec<u8>, KeyTypeId)>> {
			SessionKeys::decode_into_raw_public_keys(&encoded)
		}
	}

	impl sp_consensus_grandpa::GrandpaApi<Block> for Runtime {
		fn grandpa_authorities() -> sp_consensus_grandpa::AuthorityList {
			Grandpa::grandpa_authorities()
		}

		fn current_set_id() -> sp_consensus_grandpa::SetId {
			Grandpa::current_set_id()
		}

		fn submit_report_equivocation_unsigned_extrinsic(
			_equivocation_proof: sp_consensus_grandpa::EquivocationProof<<Block as BlockT>::Hash, NumberFor<Block>>,
			_key_owner_proof: sp_consensus_grandpa::OpaqueKeyOwnershipProof,
		) -> Option<()> {
			None
		}

		fn generate_key_ownership_proof(
			_set_id: sp_consensus_grandpa::SetId,
			_authority_id: GrandpaId,
		) -> Option<sp_consensus_grandpa::OpaqueKeyOwnershipProof> {
			None
		}
	}

	impl frame_system_rpc_runtime_api::AccountNonceApi<Block, AccountId, Nonce> for Runtime {
		fn account_nonce(account: AccountId) -> Nonce {
			System::account_nonce(account)
		}
	}

	impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentApi<Block, Balance> for Runtime {
		fn query_info(
			uxt: <Block as BlockT>::Extrinsic,
			len: u32,
		) -> pallet_transaction_payment_rpc_runtime_api::RuntimeDispatchInfo<Balance> {
			TransactionPayment::query_info(uxt, len)
		}

		fn query_fee_details(
			uxt: <Block as BlockT>::Extrinsic,
			len: u32,
		) -> pallet_transaction_payment::FeeDetails<Balance> {
			TransactionPayment::query_fee_details(uxt, len)
		}

		fn query_weight_to_fee(weight: Weight) -> Balance {
			TransactionPayment::weight_to_fee(weight)
		}

		fn query_length_to_fee(length: u32) -> Balance {
			TransactionPayment::length_to_fee(length)
		}
	}

	impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentCallApi<Block, Balance, RuntimeCall>
		for Runtime
	{
		fn query_call_info(
			call: RuntimeCall,
			len: u32,
		) -> pallet_transaction_payment::RuntimeDispatchInfo<Balance> {
			TransactionPayment::query_call_info(call, len)
		}

		fn query_call_fee_details(
			call: RuntimeCall,
			len: u32,
		) -> pallet_transaction_payment::FeeDetails<Balance> {
			TransactionPayment::query_call_fee_details(call, len)
		}

		fn query_weight_to_fee(weight: Weight) -> Balance {
			TransactionPayment::weight_to_fee(weight)
		}

		fn query_length_to_fee(length: u32) -> Balance {
			TransactionPayment::length_to_fee(length)
		}
	}

	impl praxis_primitives_consensus::api::LearningApi<Block, AccountId> for Runtime {
		fn slot_duration() -> SlotDuration {
			SlotDuration::from_millis(Randomness::slot_duration())
		}

		fn fork_rule() -> ForkRule {
			Oracle::fork_rule()
		}

		fn randomness() -> RandomnessBytes {
			Randomness::child_randomness()
		}

		fn author_count() -> u32 {
			<Workers as AuthorSet>::count(next_block())
		}

		fn author_account(author: AuthorId) -> Option<AccountId> {
			<Workers as AuthorSet>::account_of(&author, next_block())
		}

		fn submission(extrinsic: <Block as BlockT>::Extrinsic) -> Option<Submission<AccountId>> {
			submission_of(extrinsic)
		}
	}

	impl praxis_primitives_consensus::api::OracleApi<Block, AccountId> for Runtime {
		fn environment() -> OracleEnvironment {
			Oracle::environment()
		}

		fn state() -> OracleState {
			Oracle::state()
		}

		fn record(number: u32) -> Option<Record<AccountId>> {
			Oracle::record(number)
		}

		fn records(from: u32, count: u32) -> Vec<Record<AccountId>> {
			Oracle::records(from, count)
		}

		fn fingerprint(id: EnvironmentId, seed: Seed, steps: u32) -> [u8; 8] {
			praxis_environment::fingerprint(id, &seed, steps.min(MAX_FINGERPRINT_STEPS))
		}
	}

	impl praxis_primitives_consensus::api::WorkersApi<Block, AccountId, Balance> for Runtime {
		fn authors() -> Vec<(AccountId, AuthorId)> {
			Workers::authors()
		}

		fn author_status(account: AccountId) -> Option<AuthorStatus<Balance>> {
			Workers::author_status(&account)
		}

		fn minimum_bond() -> Balance {
			Workers::minimum_bond()
		}

		fn unbonding_blocks() -> u32 {
			Workers::unbonding_blocks()
		}
	}

	impl praxis_primitives_market::workers_api::WorkerRegistryApi<Block, AccountId, Balance, BlockNumber> for Runtime {
		fn worker(owner: AccountId) -> Option<WorkerView<AccountId, Balance, BlockNumber>> {
			Workers::worker_view(owner)
		}

		fn worker_of(operator: AccountId) -> Option<AccountId> {
			Workers::owner_of(&operator)
		}

		fn quality(owner: AccountId, environment: TaskEnvironment) -> Quality {
			Workers::quality(&owner, &environment)
		}
	}

	impl praxis_primitives_market::task_market_api::TaskMarketApi<Block, AccountId, Balance, BlockNumber> for Runtime {
		fn open_tasks(from: TaskId, count: u32) -> Vec<TaskView<AccountId, Balance, BlockNumber>> {
			TaskMarket::open_tasks(from, count)
		}

		fn task(id: TaskId) -> Option<TaskView<AccountId, Balance, BlockNumber>> {
			TaskMarket::task(id)
		}

		fn ranking(id: TaskId) -> Vec<RankedApplicant<AccountId, Balance>> {
			TaskMarket::ranking(id)
		}

		fn my_tasks(account: AccountId) -> Vec<TaskView<AccountId, Balance, BlockNumber>> {
			TaskMarket::my_tasks(&account)
		}
	}

	impl praxis_primitives_teaching::teaching_api::TeachingApi<Block, AccountId, Balance, BlockNumber> for Runtime {
		fn open_sessions(from: SessionId, count: u32) -> Vec<SessionView<AccountId, Balance, BlockNumber>> {
			Teaching::open_sessions(from, count)
		}

		fn session(session: SessionId) -> Option<SessionView<AccountId, Balance, BlockNumber>> {
			Teaching::session(session)
		}

		fn audit(session: SessionId) -> Vec<u32> {
			Teaching::audit(session)
		}

		fn payout(session: SessionId, from: Perbill, to: Perbill) -> Option<Balance> {
			Teaching::payout(session, from, to)
		}

		fn stakes(account: AccountId) -> Vec<StakeView<Balance, BlockNumber>> {
			Teaching::stakes(&account)
		}

		fn trainers(from: u32, count: u32) -> Vec<TrainerView<AccountId, Balance>> {
			Teaching::trainers(from, count)
		}

		fn assignments(account: AccountId) -> Vec<Assignment<BlockNumber>> {
			Teaching::assignments(&account)
		}

		fn classifier(session: SessionId, hash: PolicyHash) -> Option<Vec<u8>> {
			Teaching::classifier(session, hash)
		}
	}

	impl praxis_primitives_market::evaluation_api::EvaluationApi<Block> for Runtime {
		fn progress(job: JobId) -> Option<Progress> {
			<Evaluation as praxis_primitives_market::Evaluation>::progress(job)
		}

		fn queue() -> Vec<JobId> {
			Evaluation::queue()
		}

		fn judge(
			environment: TaskEnvironment,
			episodes: u32,
			first: u64,
			policy: Vec<u8>,
		) -> Result<Judgement, EvaluationError> {
			Evaluation::judge(environment, episodes, first, &policy)
		}
	}

	impl praxis_primitives_market::models_api::ModelsApi<Block, AccountId, Balance, BlockNumber> for Runtime {
		fn model(policy: PolicyHash) -> Option<ModelView<AccountId, Balance, BlockNumber>> {
			Models::model_view(policy)
		}

		fn models(
			environment: TaskEnvironment,
			from: u32,
			count: u32,
		) -> Vec<ModelView<AccountId, Balance, BlockNumber>> {
			Models::models_of(environment, from, count)
		}

		fn similar(
			environment: TaskEnvironment,
			count: u32,
		) -> Vec<(Perbill, ModelView<AccountId, Balance, BlockNumber>)> {
			Models::similar_models(environment, count)
		}

		fn sale(id: SaleId) -> Option<Sale<AccountId, Balance, BlockNumber>> {
			pallet_models::Sales::<Runtime>::get(id)
		}

		fn sales_of(account: AccountId) -> Vec<(SaleId, Sale<AccountId, Balance, BlockNumber>)> {
			Models::sales_of(account)
		}
	}

	impl praxis_primitives_consensus::api::RewardsApi<Block, Balance> for Runtime {
		fn reward_status() -> RewardStatus<Balance> {
			Rewards::status()
		}

		fn award_of(reward: Real) -> Balance {
			Rewards::award_of(reward)
		}
	}

	impl sp_genesis_builder::GenesisBuilder<Block> for Runtime {
		fn build_state(config: Vec<u8>) -> sp_genesis_builder::Result {
			build_state::<RuntimeGenesisConfig>(config)
		}

		fn get_preset(id: &Option<sp_genesis_builder::PresetId>) -> Option<Vec<u8>> {
			get_preset::<RuntimeGenesisConfig>(id, genesis::get_preset)
		}

		fn preset_names() -> Vec<sp_genesis_builder::PresetId> {
			genesis::preset_names()
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	impl frame_benchmarking::Benchmark<Block> for Runtime {
		fn benchmark_metadata(extra: bool) -> (
			Vec<frame_benchmarking::BenchmarkList>,
			Vec<frame_support::traits::StorageInfo>,
		) {
			use frame_benchmarking::BenchmarkList;
			use frame_support::traits::StorageInfoTrait;

			let mut list = Vec::<BenchmarkList>::new();
			crate::benchmarks::list(&mut list, extra);
			(list, AllPalletsWithSystem::storage_info())
		}

		#[allow(non_local_definitions)]
		fn dispatch_benchmark(
			config: frame_benchmarking::BenchmarkConfig,
		) -> Result<Vec<frame_benchmarking::BenchmarkBatch>, alloc::string::String> {
			crate::benchmarks::dispatch(config)
		}
	}

	#[cfg(feature = "try-runtime")]
	impl frame_try_runtime::TryRuntime<Block> for Runtime {
		fn on_runtime_upgrade(checks: frame_try_runtime::UpgradeCheckSelect) -> (Weight, Weight) {
			let weight = Executive::try_runtime_upgrade(checks).expect("upgrade failed its checks");
			(weight, configs::RuntimeBlockWeights::get().max_block)
		}

		fn execute_block(
			block: <Block as BlockT>::LazyBlock,
			state_root_check: bool,
			signature_check: bool,
			select: frame_try_runtime::TryStateSelect,
		) -> Weight {
			Executive::try_execute_block(block, state_root_check, signature_check, select)
				.expect("block failed its checks")
		}
	}
}
