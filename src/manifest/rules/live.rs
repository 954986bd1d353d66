//! Rules that only commands which ask AWS or pack code can check: the file alone is not enough.
super::rules! {
    "wrong-account" Error Live []
        "the credentials are of the account that the spec is for"
        "`account` is a guard: whoever is signed in to another account is stopped after the first call, which asks who is calling, and before anything of the stack is read or changed."
        "Choose other credentials with `--profile` or AWS_PROFILE, or mend `account` if it is the one that is wrong."
    "unresolved-input" Error Live []
        "inputs that other stacks hold can be read"
        "An input of `cloudformation` or `export` is read before anything is planned. There is no such stack, output or export in this account and region, or it may not be read; what cannot be read is never taken for empty."
        "Mend the name, choose the account and region that the other stack is in, or allow the read that the message names."
    "code" Error Live []
        "the code of every function can be built and packed"
        "The `build` command failed, or the folder or archive of `code.path` cannot be read, is empty, is larger than Lambda takes (50 MB packed, 250 MB unpacked), or holds what no archive can."
        "Run the build by itself in the folder of the spec, or mend what the message names."
}
