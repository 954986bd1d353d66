//! Where a spec comes from: its repository and its place there, or its place on this machine.
//!
//! The last-applied tag of every resource keeps it. Two projects that use one name for their stacks by chance would
//! otherwise take each other's resources for leftovers. Who moves a spec or clones its repository elsewhere is not to
//! notice: of one repository, or without any, an origin counts as another's only while its spec is still there beside
//! this one.
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The origin of a spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecOrigin {
    /// Host and path of the repository, such as `github.com/acme/copilot`.
    repository: Option<String>,
    /// Root of the repository's working tree.
    root: PathBuf,
    /// The spec file.
    spec: PathBuf,
}

/// Maximum number of characters of an origin: with the digests before it, it fits the value of a tag (256 characters).
const LONGEST: usize = 200;

impl SpecOrigin {
    /// Returns the origin of the spec at `path`; none for what is no file, such as a pipe.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let spec = fs::canonicalize(path).ok().filter(|spec| spec.is_file())?;
        let root = spec.ancestors().skip(1).find(|folder| folder.join(".git").exists()).map(Path::to_owned);
        let repository = root.as_deref().and_then(read_config).and_then(|config| remote_url(&config));
        let repository = repository.and_then(|url| repository_name(&url));
        Some(Self { repository, root: root.unwrap_or_default(), spec })
    }

    /// Returns the origin as a tag keeps it: the repository and the path there, or the path on this machine.
    ///
    /// What tags do not take stands there as `_` (Tagging AWS Resources guide, "Tag naming limits and requirements").
    #[must_use]
    pub fn name(&self) -> Option<String> {
        let name = match &self.repository {
            Some(repository) => {
                format!("{repository} {}", self.spec.strip_prefix(&self.root).ok()?.display())
            }
            None => self.spec.display().to_string(),
        };
        let name = in_tag(&name);
        (name.chars().count() <= LONGEST).then_some(name)
    }

    /// Returns whether `recorded`, the origin that a resource was last applied from, is another project.
    #[must_use]
    pub fn is_other(&self, recorded: &str) -> bool {
        match (recorded.split_once(' '), &self.repository) {
            _ if recorded.starts_with('/') => self.is_beside(Path::new(recorded)),
            (Some((theirs, path)), Some(ours)) => {
                theirs != in_tag(ours) || self.is_beside(&self.root.join(path))
            }
            // The history of one of the two is not known.
            _ => false,
        }
    }

    /// Returns whether another spec than this one is at `path`.
    fn is_beside(&self, path: &Path) -> bool {
        fs::canonicalize(path).is_ok_and(|path| path.is_file() && path != self.spec)
    }
}

fn in_tag(text: &str) -> String {
    let fits = |c: char| c.is_alphanumeric() || " _.:/=+-@".contains(c);
    text.chars().map(|c| if fits(c) { c } else { '_' }).collect()
}

/// Reads the configuration of the repository whose working tree is `root`; a linked tree or a submodule has its own
/// folder elsewhere (git documentation, "gitrepository-layout").
fn read_config(root: &Path) -> Option<String> {
    let dot = root.join(".git");
    let folder = if dot.is_dir() {
        dot
    } else {
        let text = read_file(&dot)?;
        let folder = root.join(text.trim().strip_prefix("gitdir:")?.trim());
        match read_file(&folder.join("commondir")) {
            Some(common) => folder.join(common.trim()),
            None => folder,
        }
    };
    read_file(&folder.join("config"))
}

fn read_file(path: &Path) -> Option<String> {
    // Nothing that would wait for a writer is opened.
    path.is_file().then(|| fs::read_to_string(path).ok()).flatten()
}

/// Returns the URL of the remote `origin`, else of the first remote.
fn remote_url(config: &str) -> Option<String> {
    let mut remotes: Vec<(String, String)> = Vec::new();
    let mut section = None;
    for line in config.lines().map(str::trim) {
        if let Some(head) = line.strip_prefix('[') {
            let name = head.trim_end_matches(']').strip_prefix("remote ");
            section = name.map(|name| name.trim().trim_matches('"').to_owned());
        } else if let (Some(remote), Some((key, url))) = (&section, line.split_once('='))
            && key.trim().eq_ignore_ascii_case("url")
        {
            remotes.push((remote.clone(), url.trim().trim_matches('"').to_owned()));
        }
    }
    let own = remotes.iter().find(|(name, _)| name == "origin").or_else(|| remotes.first());
    own.map(|(_, url)| url.clone())
}

/// Returns host and path of a repository, whichever way it is reached and without any credentials.
fn repository_name(url: &str) -> Option<String> {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/')?,
        None => url.split_once(':').filter(|(host, _)| !host.contains('/'))?,
    };
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let path = path.trim_matches('/').trim_end_matches(".git").trim_end_matches('/');
    (!host.is_empty() && !path.is_empty()).then(|| format!("{host}/{path}").replace(' ', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_the_same_by_whichever_way_and_without_credentials() {
        for url in [
            "https://github.com/acme/copilot.git",
            "https://x-access-token:ghp_secret@GitHub.com/acme/copilot",
            "git@github.com:acme/copilot.git",
            "ssh://git@github.com:22/acme/copilot.git/",
        ] {
            assert_eq!(repository_name(url).as_deref(), Some("github.com/acme/copilot"), "{url}");
        }
        for url in ["/srv/git/copilot.git", "../copilot", "file:///srv/git/copilot.git", ""] {
            assert_eq!(repository_name(url), None, "{url}");
        }
    }

    #[test]
    fn the_remote_called_origin_goes_first() {
        let remote = |name: &str, url: &str| format!("[remote \"{name}\"]\n\turl = {url}\n\tfetch = +a:b\n");
        let config = format!("[core]\n\turl = no\n{}{}", remote("fork", "one"), remote("origin", "two"));
        assert_eq!(remote_url(&config).as_deref(), Some("two"));
        assert_eq!(remote_url(&remote("fork", "one")).as_deref(), Some("one"));
        assert_eq!(remote_url("[core]\n"), None);
    }

    /// A folder that is a repository of `url`, if there is one, with specs at `specs`.
    fn tree(url: Option<&str>, specs: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        if let Some(url) = url {
            fs::create_dir(folder.path().join(".git")).unwrap();
            let config = format!("[remote \"origin\"]\nurl = {url}\n");
            fs::write(folder.path().join(".git/config"), config).unwrap();
        }
        for spec in specs {
            let path = folder.path().join(spec);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    fn origin(tree: &tempfile::TempDir, spec: &str) -> SpecOrigin {
        SpecOrigin::of(&tree.path().join(spec)).unwrap()
    }

    #[test]
    fn another_clone_and_another_place_are_the_same_origin() {
        let url = Some("git@github.com:acme/copilot.git");
        let (one, other) = (tree(url, &["copilot.yaml"]), tree(url, &["infra/copilot.yaml"]));
        let name = origin(&one, "copilot.yaml").name().unwrap();
        assert_eq!(name, "github.com/acme/copilot copilot.yaml");
        assert!(!origin(&one, "copilot.yaml").is_other(&name));
        assert!(!origin(&other, "infra/copilot.yaml").is_other(&name), "it moved");
        let linked = tree(None, &["copilot.yaml"]);
        let gitdir = one.path().join(".git/worktrees/linked");
        fs::create_dir_all(&gitdir).unwrap();
        fs::write(gitdir.join("commondir"), "../..\n").unwrap();
        fs::write(linked.path().join(".git"), format!("gitdir: {}\n", gitdir.display())).unwrap();
        assert_eq!(origin(&linked, "copilot.yaml").name().unwrap(), name);
    }

    #[test]
    fn another_repository_and_another_spec_beside_this_one_are_other_origins() {
        let both = ["a/copilot.yaml", "b/copilot.yaml"];
        let ours = tree(Some("https://github.com/acme/copilot"), &both);
        let fork = tree(Some("https://github.com/other/copilot"), &["a/copilot.yaml"]);
        let a = origin(&ours, "a/copilot.yaml");
        assert!(a.is_other(&origin(&fork, "a/copilot.yaml").name().unwrap()));
        assert!(a.is_other(&origin(&ours, "b/copilot.yaml").name().unwrap()));
        let plain = tree(None, &both);
        let (a, b) = (origin(&plain, "a/copilot.yaml"), origin(&plain, "b/copilot.yaml").name().unwrap());
        assert!(a.is_other(&b));
        fs::remove_file(plain.path().join("b/copilot.yaml")).unwrap();
        assert!(!a.is_other(&b), "it may have moved here");
        assert!(!a.is_other("github.com/acme/copilot copilot.yaml"), "who knows");
    }

    #[test]
    fn a_tag_takes_every_name() {
        let odd = tree(None, &["it's #1 (new)/copilot.yaml"]);
        let name = origin(&odd, "it's #1 (new)/copilot.yaml").name().unwrap();
        assert!(name.ends_with("/it_s _1 _new_/copilot.yaml"), "{name}");
        assert!(SpecOrigin::of(odd.path()).is_none(), "a folder is no spec");
        let deep = format!("{}/copilot.yaml", "d".repeat(LONGEST));
        assert_eq!(origin(&tree(None, &[&deep]), &deep).name(), None);
    }
}
