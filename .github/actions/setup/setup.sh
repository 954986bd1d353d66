#!/usr/bin/env bash
# Installs the program of one release. Reads VERSION or URL, SHA256 and REPOSITORY; the program is on the path of later steps.
set -euo pipefail

case "$RUNNER_OS-$RUNNER_ARCH" in
Linux-X64) target=x86_64-unknown-linux-gnu ;;
Linux-ARM64) target=aarch64-unknown-linux-gnu ;;
macOS-X64) target=x86_64-apple-darwin ;;
macOS-ARM64) target=aarch64-apple-darwin ;;
*)
    echo "::error title=copilot-infra::this action knows no archive for runners of $RUNNER_OS $RUNNER_ARCH"
    exit 1
    ;;
esac
if [ -z "$URL$VERSION" ]; then
    echo "::error title=copilot-infra::say which version to install: \`version\`, or \`url\`"
    exit 1
fi

name="copilot-infra-$target"
url="${URL:-${GITHUB_SERVER_URL:-https://github.com}/$REPOSITORY/releases/download/v${VERSION#v}/$name.tar.gz}"
folder="$RUNNER_TEMP/copilot-infra"
archive="$RUNNER_TEMP/$name.tar.gz"
curl --fail --silent --show-error --location --retry 3 --output "$archive" "$url"
check=(sha256sum)
# macOS has no sha256sum.
command -v sha256sum > /dev/null || check=(shasum -a 256)
if ! echo "$SHA256  $archive" | "${check[@]}" --check --quiet; then
    echo "::error title=copilot-infra::$url does not have the checksum $SHA256"
    exit 1
fi
rm -rf "$folder"
mkdir -p "$folder"
tar -xzf "$archive" -C "$folder" --strip-components 1
rm "$archive"
echo "$folder" >> "$GITHUB_PATH"
"$folder/copilot-infra" --version
