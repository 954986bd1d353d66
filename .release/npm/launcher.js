#!/usr/bin/env node
// Runs the program of the package that npm installed for this machine.
"use strict";
const { spawn } = require("node:child_process");
const os = require("node:os");

const { platform, arch } = process;
const system = `${platform}-${arch}`;
const file = platform === "win32" ? "copilot-infra.exe" : "copilot-infra";

// npm before 10.4 does not tell C libraries apart and installs both.
function candidates() {
  if (platform !== "linux") return [system];
  const glibc = process.report.getReport().header.glibcVersionRuntime;
  return glibc ? [system, `${system}-musl`] : [`${system}-musl`];
}

function find() {
  for (const name of candidates()) {
    try {
      return require.resolve(`copilot-infra-${name}/${file}`);
    } catch (error) {
      if (error.code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  console.error(`copilot-infra: npm installed no program for ${system}; was it told to leave out optional dependencies?`);
  process.exit(1);
}

const child = spawn(find(), process.argv.slice(2), { stdio: "inherit" });
// Ctrl-C reaches the whole process group: passed on, the program would see it twice and end at once.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  console.error(`copilot-infra: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => process.exit(code ?? 128 + os.constants.signals[signal]));
