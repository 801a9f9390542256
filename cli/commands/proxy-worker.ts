/** `gatehouse proxy-worker`: what the proxy's primary forks. Not for people. */
import { Command } from "commander";

export function proxyWorkerCommand(): Command {
    return new Command("proxy-worker").action(() => {
        const { runWorker } = require("../../proxy") as typeof import("../../proxy"); // oxlint-disable-line typescript/no-require-imports -- loaded when it is to run
        runWorker();
    });
}
