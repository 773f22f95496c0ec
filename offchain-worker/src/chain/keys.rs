//! The account's key: where it may come from, and on which chains a publicly known one may be used.
//!
//! A key never stands on the command line, where every user of the machine can read it. It comes from a file that
//! only its owner can read, or from the environment variable [`KEY_VARIABLE`].

use sp_core::{
	crypto::{AccountId32, ExposeSecret, SecretUri, Ss58Codec, Zeroize, DEV_PHRASE},
	sr25519, Pair,
};
use std::{fmt, fs, io, path::Path, path::PathBuf, str::FromStr};

/// The environment variable that may hold the key.
pub const KEY_VARIABLE: &str = "PRAXIS_KEY";

/// The largest key file that is read, in bytes. A phrase of 24 words with a derivation path is below 300.
const MAX_FILE: u64 = 4096;

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
	/// Neither a file nor the environment variable was given.
	#[error(
		"no key: give --key-file FILE (mode 0600, holding the secret phrase or seed of the author's account) or set {KEY_VARIABLE}"
	)]
	Missing,
	/// The file cannot be read.
	#[error("key file {}: {source}", .path.display())]
	Read {
		/// The file.
		path: PathBuf,
		/// Why not.
		source: io::Error,
	},
	/// It is not a small regular file.
	#[error("key file {}: not a regular file of at most {MAX_FILE} bytes", .0.display())]
	NotAFile(PathBuf),
	/// Others can read the file.
	#[error("key file {} has mode {mode:04o}, so others can use it: run `chmod 600 {}`", .path.display(), .path.display())]
	Permissions {
		/// The file.
		path: PathBuf,
		/// Its mode.
		mode: u32,
	},
	/// The content is not a key. The content itself is never shown.
	#[error(
		"{origin} holds no key: expected a secret phrase of 12 to 24 words, a seed of 0x and 64 hexadecimal digits, or one of these with a derivation path ({reason})"
	)]
	Malformed {
		/// Where it came from.
		origin: String,
		/// What is wrong with it.
		reason: String,
	},
	/// A publicly known key on a chain that is not for development.
	#[error(
		"{address} is a development key that everybody knows, and the chain is of type {chain_type}: make a key of your own with `praxis-node key generate`"
	)]
	Development {
		/// The key's address.
		address: String,
		/// The chain's type.
		chain_type: String,
	},
}

/// A chain's type, as `system_chainType` tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChainType {
	/// One node, for development.
	Development,
	/// Some nodes on one machine, for tests.
	Local,
	/// Anything else.
	Other(String),
}

impl From<&serde_json::Value> for ChainType {
	fn from(value: &serde_json::Value) -> Self {
		match value.as_str() {
			Some("Development") => Self::Development,
			Some("Local") => Self::Local,
			Some(other) => Self::Other(other.into()),
			None => Self::Other(value.to_string()),
		}
	}
}

impl fmt::Display for ChainType {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Development => f.write_str("Development"),
			Self::Local => f.write_str("Local"),
			Self::Other(other) => f.write_str(other),
		}
	}
}

/// The key of the author's account.
#[derive(Clone)]
pub struct AuthorKey {
	pair: sr25519::Pair,
	development: bool,
}

/// Shows the address, never the secret.
impl fmt::Debug for AuthorKey {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.debug_tuple("AuthorKey").field(&self.address()).finish()
	}
}

impl AuthorKey {
	/// Loads the key from a file, else from the environment.
	pub fn load(file: Option<&Path>) -> Result<Self, KeyError> {
		let (mut secret, origin) = match file {
			Some(path) => (read(path)?, format!("key file {}", path.display())),
			None => match std::env::var(KEY_VARIABLE) {
				Ok(secret) => (secret, KEY_VARIABLE.to_string()),
				Err(std::env::VarError::NotPresent) => return Err(KeyError::Missing),
				Err(error) => {
					return Err(KeyError::Malformed { origin: KEY_VARIABLE.into(), reason: error.to_string() })
				}
			},
		};
		let key = Self::from_secret(secret.trim(), &origin);
		secret.zeroize();
		key
	}

	/// Reads a secret phrase or seed, with or without a derivation path.
	pub fn from_secret(secret: &str, origin: &str) -> Result<Self, KeyError> {
		let malformed = |reason: String| KeyError::Malformed { origin: origin.into(), reason };
		if secret.is_empty() {
			return Err(malformed("it is empty".into()));
		}
		let uri = SecretUri::from_str(secret).map_err(|error| malformed(error.to_string()))?;
		let pair = sr25519::Pair::from_string(secret, None).map_err(|error| malformed(error.to_string()))?;
		let development = uri.phrase.expose_secret().as_str() == DEV_PHRASE || is_known(&pair.public());
		Ok(Self { pair, development })
	}

	/// The account.
	pub fn account(&self) -> AccountId32 {
		AccountId32::new(self.pair.public().0)
	}

	/// The account's address.
	pub fn address(&self) -> String {
		self.account().to_ss58check()
	}

	/// Signs a payload.
	pub fn sign(&self, payload: &[u8]) -> [u8; 64] {
		self.pair.sign(payload).0
	}

	/// Whether everybody knows it.
	pub fn is_development(&self) -> bool {
		self.development
	}

	/// Refuses a publicly known key on a chain that is not for development.
	pub fn check_chain(&self, chain_type: &ChainType) -> Result<(), KeyError> {
		match chain_type {
			ChainType::Development | ChainType::Local => Ok(()),
			ChainType::Other(_) if !self.development => Ok(()),
			ChainType::Other(other) => {
				Err(KeyError::Development { address: self.address(), chain_type: other.clone() })
			}
		}
	}
}

/// Whether this is one of the accounts of development chains, however its secret was spelt.
fn is_known(public: &sr25519::Public) -> bool {
	["", "//Alice", "//Bob", "//Charlie", "//Dave", "//Eve", "//Ferdie", "//One", "//Two"].iter().any(|path| {
		["", "//stash"].iter().any(|stash| {
			sr25519::Pair::from_string(&format!("{DEV_PHRASE}{path}{stash}"), None)
				.is_ok_and(|pair| pair.public() == *public)
		})
	})
}

/// The permissions that a key file must not have. The service manager hands a credential to a service's user by an access
/// list, whose mask shows as the group's permission to read although the group has none.
#[cfg(unix)]
fn forbidden(path: &Path, credentials: Option<&Path>) -> u32 {
	if credentials.is_some() && path.parent() == credentials {
		0o037
	} else {
		0o077
	}
}

fn read(path: &Path) -> Result<String, KeyError> {
	let failed = |source| KeyError::Read { path: path.into(), source };
	let file = fs::File::open(path).map_err(failed)?;
	// Of the open file, so that it cannot be swapped between the check and the reading.
	let metadata = file.metadata().map_err(failed)?;
	if !metadata.is_file() || metadata.len() > MAX_FILE {
		return Err(KeyError::NotAFile(path.into()));
	}
	#[cfg(unix)]
	{
		use std::os::unix::fs::PermissionsExt;
		let mode = metadata.permissions().mode() & 0o7777;
		let credentials = std::env::var_os("CREDENTIALS_DIRECTORY");
		if mode & forbidden(path, credentials.as_deref().map(Path::new)) != 0 {
			return Err(KeyError::Permissions { path: path.into(), mode });
		}
	}
	io::read_to_string(file).map_err(failed)
}

#[cfg(test)]
mod tests {
	use super::*;

	const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
	const OWN: &str = "0x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

	#[cfg(unix)]
	fn file(content: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
		use std::os::unix::fs::PermissionsExt;
		let folder = tempfile::tempdir().expect("a folder");
		let path = folder.path().join("key");
		fs::write(&path, content).expect("a file");
		fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("permissions");
		(folder, path)
	}

	#[cfg(unix)]
	#[test]
	fn a_key_file_should_be_read_when_only_its_owner_can() {
		for mode in [0o600, 0o400] {
			let (_folder, path) = file("//Alice\n", mode);
			assert_eq!(AuthorKey::load(Some(&path)).expect("a key").address(), ALICE);
		}
	}

	#[cfg(unix)]
	#[test]
	fn a_key_file_should_be_refused_when_others_can_read_it() {
		for mode in [0o644, 0o640, 0o606, 0o660] {
			let (_folder, path) = file("//Alice", mode);
			match AuthorKey::load(Some(&path)) {
				Err(error @ KeyError::Permissions { .. }) => {
					let text = error.to_string();
					assert!(text.contains("chmod 600") && text.contains(&format!("{mode:04o}")), "{text}");
				}
				other => panic!("{other:?}"),
			}
		}
	}

	#[cfg(unix)]
	#[test]
	fn only_a_credential_of_the_service_may_show_a_group_that_reads() {
		let folder = Path::new("/run/credentials/praxis-worker.service");
		assert_eq!(forbidden(&folder.join("author.key"), Some(folder)), 0o037);
		assert_eq!(forbidden(&folder.join("author.key"), None), 0o077);
		assert_eq!(forbidden(&folder.join("../author.key"), Some(folder)), 0o077);
		assert_eq!(forbidden(Path::new("/etc/praxis/author.key"), Some(folder)), 0o077);
	}

	#[cfg(unix)]
	#[test]
	fn errors_should_not_show_the_secret() {
		let (_folder, path) = file("not a phrase at all", 0o600);
		let error = AuthorKey::load(Some(&path)).expect_err("no key").to_string();
		assert!(!error.contains("not a phrase"), "{error}");
		let (_folder, path) = file("", 0o600);
		assert!(matches!(AuthorKey::load(Some(&path)), Err(KeyError::Malformed { .. })));
		let (folder, _path) = file("", 0o600);
		assert!(matches!(AuthorKey::load(Some(folder.path())), Err(KeyError::NotAFile(_))));
		let missing = folder.path().join("missing");
		assert!(matches!(AuthorKey::load(Some(&missing)), Err(KeyError::Read { .. })));
	}

	#[test]
	fn development_keys_should_be_refused_off_development_chains() {
		let live = ChainType::Other("Live".into());
		// The well-known seed of //Alice is no less known than its name.
		let seed = "0xe5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a";
		for secret in ["//Alice", "//Bob//stash", "//anything/else", DEV_PHRASE, &format!("{DEV_PHRASE}//Mine"), seed] {
			let key = AuthorKey::from_secret(secret, "test").expect("a key");
			assert!(matches!(key.check_chain(&live), Err(KeyError::Development { .. })), "{secret}");
			assert!(key.check_chain(&ChainType::Development).is_ok());
			assert!(key.check_chain(&ChainType::Local).is_ok());
		}
		let own = AuthorKey::from_secret(OWN, "test").expect("a key");
		assert!(own.check_chain(&live).is_ok());
		assert!(!format!("{own:?}").contains("0123456789abcdef"));
	}

	#[test]
	fn chain_types_should_be_read_as_the_node_writes_them() {
		for (value, expected) in [
			(serde_json::json!("Development"), ChainType::Development),
			(serde_json::json!("Local"), ChainType::Local),
			(serde_json::json!("Live"), ChainType::Other("Live".into())),
			(serde_json::json!({ "Custom": "Development" }), ChainType::Other(r#"{"Custom":"Development"}"#.into())),
		] {
			assert_eq!(ChainType::from(&value), expected);
		}
	}
}
