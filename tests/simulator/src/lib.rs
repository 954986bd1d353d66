//! AWS in a box, for the tests of `copilot-infra`: state, settling, refusals, lags, rates and faults, from one seed.
//!
//! [`Simulator::http_client`] plugs into the SDK's clients, so what the box sees are real requests in each
//! service's own protocol: JSON 1.0 and 1.1, forms and XML, REST-JSON. It goes by tokio's clock: paused, twenty
//! minutes of building an index take no time. The `listen` binary serves the same box on a loopback port.
//!
//! ```no_run
//! # async fn run() {
//! use copilot_infra_simulator::{Fault, Script, Simulator, Switches};
//! let aws = Simulator::new(7, Switches::default()); // one seed, one world
//! aws.begin(Script::one(3, Fault::LostReply)); // the fourth call's answer gets lost
//! let client = aws.http_client(); // for the SDK's configuration
//! # drop(client); }
//! ```
//!
//! # How a call goes
//!
//! It travels 5 to 40 ms, takes a token from its service's bucket, is checked and takes effect, and its answer
//! travels back. A [`Fault`] may strike on the way; [`Record`]s tell afterwards what happened. Writers always meet
//! the newest state, readers may meet an older one. Rules that no source confirms are [`Switches`], so that each can be
//! simulated both ways. Each rule names its source where it is written.
//!
//! # Rules and the tests that lean on them
//!
//! The tests are those of the root crate, in `tests/simulated_aws`; `protocol` and `rules` are this crate's own.
//!
//! | rule | where | test |
//! |---|---|---|
//! | every kind is read, made, changed, listed and removed in the same way here and in the local cloud | all | `kinds::local` |
//! | a table is made, changed and removed in its own time; side calls do not know it at first | `dynamodb` | `kinds::every_kind_keeps_the_contract` |
//! | one index at a time, 8 to 17 minutes, under an active table | `dynamodb::update` | `rules::one_index_at_a_time` |
//! | one concern in an `UpdateTable` | `dynamodb::update` | `rules::encryption_travels_alone` |
//! | expiry cools down for half an hour or an hour | `dynamodb::side` | `rules::expiry_cools_down`, `random` |
//! | protection refuses removal, and a second toggle within 15 s | `dynamodb` | `rules::protection_holds` |
//! | tags lock and lag | `dynamodb::side` | `kinds::every_kind_keeps_the_contract` |
//! | DynamoDB refuses in its own words and order, and answers as measured | `dynamodb` | `dynamodb_facts` |
//! | a table without its key is inaccessible, and archived after seven days | `dynamodb::archive` | `tables`, `dynamodb_facts` |
//! | attributes come back sorted, defaults are absent | `dynamodb::describe` | `random::random_props_read_back_as_no_drift` |
//! | roles and policies are seen late by readers and later by services | `iam`, `lambda`, `gateway` | `reference` |
//! | the policy simulator answers by pages and by resource, and takes not every list of actions | `iam::simulate` | `rights::preflight` |
//! | documents come back encoded and written anew | `iam`, `kms` | `kinds::every_kind_keeps_the_contract` |
//! | a role with policies cannot be removed | `iam` | `rules::a_full_role_stays` |
//! | a key pending deletion keeps its aliases and refuses changes | `kms` | `rules::a_doomed_key_keeps_its_alias` |
//! | a key's policy must leave it manageable and let CloudWatch Logs use it | `kms`, `logs` | `rules::a_locking_policy_is_refused`, `reference` |
//! | a key's tags and aliases count late in authorization | `kms`, `authorize` | `rights::new_keys` |
//! | reads lag and relapse | `slot`, `apis`, `logs` | `late::a_plan_right_after_an_apply_is_empty_however_reads_lag_and_relapse` |
//! | a function's revision moves with every change and once more when one settles | `lambda` | `late` |
//! | two changes of one role collide | `iam` | `reference`, `random` |
//! | log groups collide, take only known retentions, page in order of name | `logs` | `kinds::every_kind_keeps_the_contract` |
//! | functions settle, refuse a second change and an old revision | `lambda` | `rules::a_busy_function_refuses`, `crash` |
//! | an account keeps 100 runs unreserved | `lambda` | `rules::some_runs_stay_unreserved` |
//! | no name is unique among APIs and integrations; route keys are | `apis` | `crash::two_faults_on_creations_without_a_unique_name_leave_no_twin` |
//! | what a route leads to cannot be removed | `apis::children` | `kinds::every_kind_keeps_the_contract` |
//! | logging takes the account's role, which is seen late | `apis::stages`, `gateway` | `reference` |
//! | automatic deployments run later and fail silently | `apis::stages` | `reference` |
//! | the tag index learns late | `tagging` | `random` |
//! | a taken name is refused, whoever has it | `dynamodb`, `logs` | `random::every_random_world_comes_to_rest_as_wanted` |
//! | a refusal names what was asked for and has a request id | `simulator` | `patience::a_denied_write_fails_at_once_unless_it_is_about_a_key_of_this_run` |
//! | request rates | `limits` | `rules::too_many_calls_are_throttled` |
//! | faults before and after the effect, death, truncation, staleness | `simulator`, `http` | `crash` |
//!
//! # How much is tried
//!
//! `WORLDS` says how many random worlds there are, `WORLD_SEED` replays one, and `WORLD_STORY` tells its calls.
//! `WORLD_SOAK` tries every cell of the crash matrix; without it every write of an apply and of a destroy goes wrong
//! in every way, and of the rest a fixed share. What the local cloud does otherwise than this box is listed in
//! `tests/simulated_aws/kinds/local.rs`.
#![expect(clippy::unnecessary_wraps, reason = "every operation answers in the same way")]
#![expect(clippy::doc_markdown, reason = "names of services are no code")]
#![expect(clippy::option_option, reason = "not asked for, and asked to be none, are two things")]
#![expect(clippy::disallowed_methods, reason = "the simulated services take their time")]
mod authorize;
mod call;
mod common;
mod fault;
mod http;
mod inspect;
mod limits;
mod record;
mod reply;
mod request;
mod server;
mod services;
mod simulator;
mod slot;
mod switches;

pub use authorize::{Ask, allows};
pub use fault::{Fault, Script, Words};
pub use record::Record;
pub use reply::Reply;
pub use request::{ACCOUNT, Request};
pub use server::serve;
pub use services::lambda::Fate;
pub use simulator::{Broken, Simulator, Snapshot};
pub use switches::Switches;
