//! `learning_subscribeWork`: the `getwork` of this chain, and its only custom RPC.

use crate::work::WorkHub;
use futures::stream;
use jsonrpsee::{core::async_trait, proc_macros::rpc, Extensions, PendingSubscriptionSink};
use sc_rpc::{
	utils::{BoundedVecDeque, PendingSubscription},
	SubscriptionTaskExecutor,
};
use sc_rpc_api::check_if_safe;

/// RPC of the engine.
#[rpc(server)]
pub trait LearningApi {
	/// Work of this node's author: pushed when a slot's parent is settled, and again when it changes.
	/// Unsafe: noise is known before its slot only to the author and its worker.
	#[subscription(
		name = "learning_subscribeWork" => "learning_work",
		unsubscribe = "learning_unsubscribeWork",
		item = crate::work::Work,
		with_extensions
	)]
	fn subscribe_work(&self);
}

/// Serves [`LearningApiServer`] from a [`WorkHub`].
pub struct LearningRpc {
	hub: WorkHub,
	executor: SubscriptionTaskExecutor,
}

impl LearningRpc {
	/// Follows `hub`; subscriptions run on `executor`.
	pub fn new(hub: WorkHub, executor: SubscriptionTaskExecutor) -> Self {
		Self { hub, executor }
	}
}

#[async_trait]
impl LearningApiServer for LearningRpc {
	fn subscribe_work(&self, pending: PendingSubscriptionSink, extensions: &Extensions) {
		if let Err(error) = check_if_safe(extensions) {
			let refuse = async move { pending.reject(jsonrpsee::types::ErrorObjectOwned::from(error)).await };
			sc_rpc::utils::spawn_subscription_task(&self.executor, refuse);
			return;
		}
		let mut receiver = self.hub.subscribe();
		// What is on offer now is pushed at once.
		receiver.mark_changed();
		let works = stream::unfold(receiver, |mut receiver| async move {
			loop {
				receiver.changed().await.ok()?;
				let work = receiver.borrow_and_update().clone();
				if let Some(work) = work {
					return Some((work, receiver));
				}
			}
		});
		let works = Box::pin(works);
		let push = PendingSubscription::from(pending).pipe_from_stream(works, BoundedVecDeque::new(16));
		sc_rpc::utils::spawn_subscription_task(&self.executor, push);
	}
}
