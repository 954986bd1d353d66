//! `policy`: prints permissions, without asking AWS.
use super::session::offline;
use crate::{
    aws::partition_of,
    cli::{Format, Global, Policy},
    exit::Failure,
    policy::{Claim, Document, deployer, github},
    spec::{Loaded, types::Spec},
    stack::{inputs, policies::Home, roles},
    view::policy as view,
    world::World,
};
use std::path::Path;

pub(super) async fn run(
    world: &World,
    global: &Global,
    account: Option<String>,
    command: Policy,
) -> Result<i32, Failure> {
    match command {
        Policy::Roles => {
            let loaded = offline(world, global).await?;
            let home = home(world, global, account, &loaded);
            let inputs = inputs::offline(&loaded.spec);
            unknown_inputs(world, &loaded.spec, &inputs);
            let roles = roles(&loaded, inputs, &home);
            world.result(&match global.format {
                Format::Json => view::roles_json(&roles),
                _ => view::roles_text(&roles),
            })?;
        }
        Policy::Deployer { name, principal, out } => {
            let loaded = offline(world, global).await?;
            let home = home(world, global, account, &loaded);
            let documents = deployer(&loaded, &home, principal.as_deref());
            match (name, out) {
                (Some(name), _) => world.result(&bare(&documents, &name)?)?,
                (None, Some(folder)) => write(world, &folder, &documents)?,
                (None, None) => world.result(&match global.format {
                    Format::Json => view::deployer_json(&documents),
                    _ => view::deployer_text(&documents),
                })?,
            }
        }
        Policy::Trust { github: repository, branch, environment, pull_request } => {
            let claims = claims(world, branch, environment, pull_request);
            // Works without a spec, which only names the account and the partition.
            let loaded = match global.file.is_file() {
                true => Some(offline(world, global).await?),
                false => None,
            };
            let home = place(world, global, account, loaded.as_ref().map(|loaded| &loaded.spec));
            world.result(&format!("{:#}\n", github(&home, &repository, &claims)))?;
        }
    }
    Ok(0)
}

fn home(world: &World, global: &Global, account: Option<String>, loaded: &Loaded) -> Home {
    place(world, global, account, Some(&loaded.spec))
}

/// Account and region as far as they can be told offline; what cannot stands in capitals, which IAM refuses.
fn place(world: &World, global: &Global, account: Option<String>, spec: Option<&Spec>) -> Home {
    let named = |value: Option<&crate::spec::at::At<String>>| value.map(|value| value.value.clone());
    let account = account.or_else(|| named(spec?.account.as_ref()));
    let region = global.region.clone().or_else(|| named(spec?.region.as_ref()));
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let region = region.or_else(|| set("AWS_REGION")).or_else(|| set("AWS_DEFAULT_REGION"));
    let missing = |what: &str, stands: &str, flag: &str| {
        world.say(&format!(
            "the {what} is not known offline: `{stands}` stands for it; say `{flag}`, or name it in the spec"
        ));
        stands.to_owned()
    };
    let account = account.unwrap_or_else(|| missing("account", "ACCOUNT_ID", "--account ID"));
    let region = region.unwrap_or_else(|| missing("region", "REGION", "--region REGION"));
    Home { partition: partition_of(&region), region, account }
}

fn unknown_inputs(world: &World, spec: &Spec, inputs: &inputs::Inputs) {
    for (name, _) in spec.inputs.iter() {
        let stands = format!("${{inputs.{}}}", name.value);
        if inputs.get(&name.value) == Some(&stands) {
            world.say(&format!("the input `{}` is not known offline: `{stands}` stands for it", name.value));
        }
    }
}

/// One document alone, as IAM takes it.
fn bare(documents: &[Document], name: &str) -> Result<String, Failure> {
    let found = documents.iter().find(|one| one.name == name);
    let found = found.map(|one| format!("{:#}\n", one.document));
    found.ok_or_else(|| {
        let names: Vec<_> = documents.iter().map(|one| format!("`{}`", one.name)).collect();
        Failure::Usage(format!("there is no policy `{name}`; this spec has: {}", names.join(", ")))
    })
}

fn write(world: &World, folder: &Path, documents: &[Document]) -> Result<(), Failure> {
    let failed = |path: &Path, error: &std::io::Error| {
        Failure::File(format!("cannot write `{}`: {error}", path.display()))
    };
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    for one in documents {
        let path = folder.join(format!("{}.json", one.name));
        std::fs::write(&path, format!("{:#}\n", one.document)).map_err(|error| failed(&path, &error))?;
        world.say(&format!("wrote `{}`: {}", path.display(), one.purpose));
    }
    Ok(())
}

fn claims(world: &World, branches: Vec<String>, environments: Vec<String>, pull_request: bool) -> Vec<Claim> {
    let branches = branches.into_iter().map(Claim::Branch);
    let all = branches.chain(environments.into_iter().map(Claim::Environment));
    let mut all: Vec<Claim> = all.chain(pull_request.then_some(Claim::PullRequest)).collect();
    if all.is_empty() {
        world.say("for workflows of the branch `main`; `--branch`, `--environment` and `--pull-request` say otherwise");
        all.push(Claim::Branch("main".to_owned()));
    }
    all
}
