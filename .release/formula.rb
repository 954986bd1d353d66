class CopilotInfra < Formula
  desc "@DESCRIPTION@"
  homepage "@REPOSITORY@"
  version "@VERSION@"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "@REPOSITORY@/releases/download/v@VERSION@/copilot-infra-aarch64-apple-darwin.tar.gz"
      sha256 "@SHA256:aarch64-apple-darwin@"
    end
    on_intel do
      url "@REPOSITORY@/releases/download/v@VERSION@/copilot-infra-x86_64-apple-darwin.tar.gz"
      sha256 "@SHA256:x86_64-apple-darwin@"
    end
  end
  on_linux do
    on_arm do
      url "@REPOSITORY@/releases/download/v@VERSION@/copilot-infra-aarch64-unknown-linux-gnu.tar.gz"
      sha256 "@SHA256:aarch64-unknown-linux-gnu@"
    end
    on_intel do
      url "@REPOSITORY@/releases/download/v@VERSION@/copilot-infra-x86_64-unknown-linux-gnu.tar.gz"
      sha256 "@SHA256:x86_64-unknown-linux-gnu@"
    end
  end

  def install
    bin.install "copilot-infra"
    bash_completion.install "completions/copilot-infra.bash" => "copilot-infra"
    zsh_completion.install "completions/_copilot-infra"
    fish_completion.install "completions/copilot-infra.fish"
    man1.install "man/copilot-infra.1"
  end

  test do
    system bin/"copilot-infra", "init", "copilot.yaml"
    system bin/"copilot-infra", "validate", "-f", "copilot.yaml"
  end
end
