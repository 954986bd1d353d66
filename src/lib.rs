//! Provisions a WebSocket AI-copilot back end on AWS from one YAML file, without a state file: AWS is the state.
//!
//! # The pipeline
//!
//! ```text
//! copilot.yaml ──▶ manifest ──▶ stack ──▶ engine ◀──▶ resources ◀──▶ AWS
//!   text            types and     graph     snapshot    one folder
//!                   findings      of nodes  plan        a kind
//!                                           apply
//! ```
//!
//! 1. [`manifest`] turns the text into typed values that know their span in the file, and checks them: all findings of a
//!    file in one run, before anything is sent.
//! 2. [`stack`] composes them into a graph of resources; an edge stands only where AWS enforces an order. Two ids are
//!    made up by AWS, the key's and the API's; whatever depends on them is planned as "known after `api.id`".
//! 3. [`engine`] reads everything live at once into a snapshot, compares desired and live documents, decides (keep,
//!    create, update, replace, delete), and carries out what was decided, as parallel as the edges allow.
//! 4. [`resources`] has one folder for each kind of AWS resource, which implements [`engine::Resource`].
//! 5. [`view`] draws plans, progress and results; [`diagnostic::render`] draws what is or may go wrong; [`commands`] ties
//!    each command together.
//!
//! # The rooms and their floors
//!
//! A room is a file or folder of `src`. Imports go down only; `src/arrows.rs` lists which room may import which, and a
//! test fails on any other arrow, and on any circle of rooms or files.
//!
//! | floor | rooms |
//! |---|---|
//! | ground: import nothing of ours above them | [`diagnostic`] (spans, sources, diagnostics, failures, exit codes, renderers), [`digest`], [`mod@pointer`] (JSON pointers), [`time`], [`facts`] (limits, runtimes, models and prices of AWS, each with its source and date), [`redact`] (what is a secret, and what stands in its place), [`spec_origin`] (the repository and place of a spec), [`iam`] (the language of IAM: documents, patterns, comparison, sizes, actions) |
//! | edges | [`aws`] (clients, errors, waits, tags), [`local`] (the cloud on this machine), [`package`] (function code), [`file_watch`] |
//! | core | [`manifest`], [`engine`], [`resources`], [`stack`] |
//! | around a live stack | [`lease`], [`tail`], [`policy`], [`websocket`], [`web_chat`] (the page of `open`), [`smoke`], [`doctor`], [`plan_document`] (a plan as JSON, with its risks and costs) |
//! | surface | [`cli`], [`view`], [`ui`], [`commands`] |
//!
//! # How failures flow
//!
//! Every room has an error type of its own, and each says `fn diagnostic(&self)` in its own file. A command returns a
//! [`diagnostic::Failure`]: an exit code, diagnostics, and the source they point into. It is drawn once, in the format that
//! was asked for. A hint is a field and never a part of a message.
//!
//! # The rings of tests
//!
//! | ring | where | what it proves |
//! |---|---|---|
//! | pure laws | beside the code | documents, diffs, patterns, redaction, views |
//! | the spec language | `tests/manifest`, cases in `tests/specs/*.md` | every rule is broken by one spec and kept by another; what is said is recorded beside it (`UPDATE=1` accepts changes) |
//! | the engine with toy kinds | `tests/engine` | order, skipping, interruption, drift, removals, convergence |
//! | simulated AWS | `tests/simulator` under the real SDK clients, proofs in `tests/simulated_aws` | one contract for each kind, a fault at every call, random worlds, in virtual time |
//! | the built program | `tests/cli` (`offline`, and `local_cloud` on `MiniStack`), `tests/handlers` and `tests/web-chat` under Node | what a user gets, end to end |
//!
//! `.ci/run` runs all of it, or the steps that are named: `.ci/run --help` lists them.
//!
//! # How to add a kind of resource
//!
//! Make a folder below `src/resources` whose type implements [`engine::Resource`]: `observe` reads it into the type that
//! the spec is turned into, `create` makes the bare thing, `update` brings it to what is desired, `delete` removes it,
//! `list` finds the stack's own. Its operations and permissions, costs, risks and expected times stand there too. Register it by one line in
//! `src/resources/mod.rs`. Then name it in the graph (`src/stack`), give the simulator its service and
//! `tests/simulated_aws/kinds` its cases: the planner, the printer, apply, destroy, `policy deployer`, the crash matrix and
//! the random worlds pick it up from there.
//!
//! # How to add a rule
//!
//! Write the rule in `src/manifest/rules` (id, severity, class, text, remedy), the check that reports it in
//! `src/manifest/check`, and a case `## rule: ID` in `tests/specs` with one spec that breaks it and one that keeps it.
//! A rule that needs the composed stack stands in `src/stack/lint.rs`. A number or a list of AWS's that it states stands in
//! `src/facts`, with its source and the day it was checked.
//!
//! # Glossary
//!
//! | word | meaning |
//! |---|---|
//! | spec | the YAML file; [`manifest`] is the room that reads it |
//! | address | where a resource stands in the spec, such as `tables.orders` |
//! | kind | a kind of AWS resource, such as `dynamodb/table` |
//! | desired, live | what the spec asks for; what AWS has |
//! | snapshot | everything live, read once |
//! | orphan | a live resource of the stack that the spec does not ask for |
//! | owner | whose tags are on a resource: this stack's, another's, CloudFormation's, nobody's |
//! | last applied | digests in a tag that tell a change of the spec from drift |
//! | drift | what changed in AWS since it was last applied |
//! | plan, step | what will be done, resource by resource |
//! | known after | a value that AWS makes up, known once the named resource exists |
//! | refusal | why a resource may not be touched |
//! | consent | words given beforehand, such as `--delete-data` |
//! | lease | keeps two runs from changing one stack at once |
//! | diagnostic, finding | one thing that is wrong or may go wrong; a finding is a diagnostic of a rule |
//! | redact | put `(hidden)` or stars in place of a secret |
//! | span | a range of bytes of the spec |
#[cfg(test)]
mod arrows;
pub mod aws;
pub mod cli;
pub mod commands;
pub mod diagnostic;
pub mod digest;
pub mod doctor;
pub mod engine;
pub mod facts;
pub mod file_watch;
pub mod iam;
pub mod lease;
pub mod local;
pub mod manifest;
pub mod package;
pub mod plan_document;
pub mod pointer;
pub mod policy;
pub mod redact;
pub mod resources;
pub mod smoke;
pub mod spec_origin;
pub mod stack;
pub mod tail;
pub mod time;
pub mod ui;
pub mod view;
pub mod web_chat;
pub mod websocket;
