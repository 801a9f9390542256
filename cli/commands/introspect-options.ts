/** Options by which the commands that ask a running proxy say which one. */
import { InvalidArgumentError, Option, type Command } from "commander";
import type { PodName, Format, ProxyChoice } from "../introspect";
import { parsePort } from "../options";

interface Options {
    readonly admin?: string[];
    readonly pod?: PodName;
    readonly gateway?: PodName;
    readonly kubeconfig?: string;
    readonly context?: string;
    readonly adminPort: number;
    readonly state?: string;
}

export type ReachOptions = Options;

export const OUTPUTS: readonly Format[] = ["table", "short", "json", "yaml"];

/** `NS/NAME`. */
function parseObjectName(text: string): PodName {
    const match = /^([a-z0-9][a-z0-9.-]*)\/([a-z0-9][a-z0-9.-]*)$/.exec(text);
    if (!match) throw new InvalidArgumentError("Wanted NAMESPACE/NAME, as istio-ingress/public.");
    return { namespace: match[1]!, name: match[2]! };
}

function collect(value: string, previous: string[] = []): string[] {
    return [...previous, value];
}

/** `isMany`: several addresses may be named. */
export function reachable(command: Command, isMany: boolean): Command {
    const more = isMany ? "; may be repeated" : "";
    return command
        .addOption(
            new Option(
                "--admin <url>",
                `its admin address, as http://127.0.0.1:15000 (default: what gatehouse up runs here)${more}`,
            ).argParser(isMany ? collect : (value: string) => [value]),
        )
        .addOption(
            new Option("--pod <ns/name>", "a pod of a gateway, through the API server's port-forward")
                .argParser(parseObjectName)
                .conflicts(["admin", "gateway", "state"]),
        )
        .addOption(
            new Option("--gateway <ns/name>", "every pod of a gateway, by its workload's name or that of a Gateway that selects them")
                .argParser(parseObjectName)
                .conflicts(["admin", "state"]),
        )
        .option("--kubeconfig <file>", "how to reach the cluster (default: $KUBECONFIG, the pod's ServiceAccount, or ~/.kube/config)")
        .option("--context <name>", "the kubeconfig's context (default: its current one)")
        .addOption(new Option("--admin-port <port>", "the admin port in the pod").argParser(parsePort).default(15_000))
        .addOption(new Option("--state <dir>", "the state folder of the gatehouse up that is meant").conflicts("admin"));
}

export function reachOf(options: Options): ProxyChoice {
    return {
        adminPort: options.adminPort,
        ...(options.admin === undefined ? {} : { admin: options.admin }),
        ...(options.pod === undefined ? {} : { pod: options.pod }),
        ...(options.gateway === undefined ? {} : { gateway: options.gateway }),
        ...(options.kubeconfig === undefined ? {} : { kubeconfig: options.kubeconfig }),
        ...(options.context === undefined ? {} : { context: options.context }),
        ...(options.state === undefined ? {} : { state: options.state }),
    };
}
