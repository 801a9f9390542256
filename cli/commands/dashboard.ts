/** `gatehouse dashboard`: the live page of a proxy. */
import { Command } from "commander";
import { processTerminal } from "../terminal";
import { reachable, reachOf, type ReachOptions } from "./introspect-options";

interface Options extends ReachOptions {
    readonly open: boolean;
}

export function dashboardCommand(done: (code: number) => void): Command {
    const command = new Command("dashboard").description("Show the live page of a proxy in a browser");
    return reachable(command, false)
        .option("--no-open", "only print the address")
        .addHelpText(
            "after",
            `
Of a pod, or of every pod of a gateway, a port of this machine's loopback leads to its admin server, until Ctrl-C.

Examples:
  gatehouse dashboard
  gatehouse dashboard --pod istio-ingress/public-7d9f4c5b6-x2k8q
  gatehouse dashboard --gateway istio-ingress/public --no-open`,
        )
        .action(async (options: Options) => {
            const { dashboard } = require("../dashboard") as typeof import("../dashboard"); // oxlint-disable-line typescript/no-require-imports -- loaded when it is to run
            const ended = new Promise<void>((resolve) => {
                for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, resolve);
            });
            done(await dashboard({ ...reachOf(options), open: options.open }, processTerminal(), ended));
        });
}
