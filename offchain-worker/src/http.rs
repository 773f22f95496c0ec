//! Pages over HTTP, in front of a server of something else.

use futures::future::{BoxFuture, FutureExt};
use jsonrpsee::server::{HttpRequest, HttpResponse};
use std::{
	error::Error,
	task::{Context, Poll},
};
use tower::{Layer, Service};

/// An answer that is being made.
pub type Page = BoxFuture<'static, Result<HttpResponse, Box<dyn Error + Send + Sync>>>;

/// What answers some requests.
pub trait Pages: Clone {
	/// The answer, unless the request is for the service behind.
	fn page<B>(&self, request: &HttpRequest<B>) -> Option<Page>;
}

/// Puts pages in front of a service.
#[derive(Clone, Debug)]
pub struct Front<P>(pub P);

impl<P: Pages, S> Layer<S> for Front<P> {
	type Service = Paged<P, S>;

	fn layer(&self, inner: S) -> Paged<P, S> {
		Paged { pages: self.0.clone(), inner }
	}
}

/// A service behind pages.
#[derive(Clone, Debug)]
pub struct Paged<P, S> {
	pages: P,
	inner: S,
}

impl<P: Pages, S, B> Service<HttpRequest<B>> for Paged<P, S>
where
	S: Service<HttpRequest<B>, Response = HttpResponse>,
	S::Error: Into<Box<dyn Error + Send + Sync>> + 'static,
	S::Future: Send + 'static,
{
	type Response = HttpResponse;
	type Error = Box<dyn Error + Send + Sync>;
	type Future = Page;

	fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
		self.inner.poll_ready(context).map_err(Into::into)
	}

	fn call(&mut self, request: HttpRequest<B>) -> Page {
		let page = self.pages.page(&request);
		page.unwrap_or_else(|| self.inner.call(request).map(|result| result.map_err(Into::into)).boxed())
	}
}
