/** `gatehouse proxy-config`: what a running proxy serves. */
import { Command, Option } from "commander";
import type { Filters, Format, ConfigPart } from "../introspect";
import { parsePort } from "../options";
import { processTerminal } from "../terminal";
import { OUTPUTS, reachable, reachOf, type ReachOptions } from "./introspect-options";

interface Options extends ReachOptions {
    readonly port?: number;
    readonly address?: string;
    readonly type?: string;
    readonly name?: string;
    readonly fqdn?: string;
    readonly subset?: string;
    readonly direction?: string;
    readonly cluster?: string;
    readonly status?: string;
    readonly level?: string;
    readonly reset?: boolean;
    readonly output: Format;
}

type Done = (code: number) => void;
type Filter = keyof Filters;

interface PartCommand {
    readonly part: ConfigPart | "all";
    readonly aliases: readonly string[];
    readonly description: string;
    readonly filters: readonly Filter[];
}

const COMMANDS: readonly PartCommand[] = [
    {
        part: "listeners",
        aliases: ["listener", "l"],
        description: "open ports, whom each filter chain is for, and where it leads",
        filters: ["port", "address", "type"],
    },
    {
        part: "routes",
        aliases: ["route", "r"],
        description: "routes in the order in which they are tried, each with the object that it is of",
        filters: ["name", "port", "fqdn"],
    },
    {
        part: "clusters",
        aliases: ["cluster", "c"],
        description: "where requests can be sent, the DestinationRules that hold for it, and those that do not, and why",
        filters: ["port", "fqdn", "subset", "direction"],
    },
    {
        part: "endpoints",
        aliases: ["endpoint", "ep"],
        description: "addresses of clusters, and how the workers find them",
        filters: ["port", "address", "cluster", "fqdn", "subset", "direction", "status"],
    },
    {
        part: "secrets",
        aliases: ["secret", "s"],
        description: "certificates, how long they are valid, whom they are for, and why one is not served; never a key",
        filters: ["name", "fqdn"],
    },
    {
        part: "policies",
        aliases: ["policy", "p"],
        description: "who may pass, by which object, and for which servers that holds",
        filters: ["name", "port", "fqdn"],
    },
    {
        part: "all",
        aliases: ["a"],
        description: "all of it",
        filters: ["port", "address", "type", "name", "fqdn", "subset", "direction"],
    },
];

const FILTERS: Readonly<Record<Filter, () => Option>> = {
    port: () => new Option("--port <port>", "of this port; of listeners and routes the open one, or the Gateway's").argParser(parsePort),
    address: () => new Option("--address <ip>", "of this address"),
    type: () => new Option("--type <type>", "of this type").choices(["HTTP", "TCP", "http", "tcp"]),
    name: () => new Option("--name <name>", "of a route table the name, of secrets and policies a part of it"),
    fqdn: () => new Option("--fqdn <host>", "whose host has this in its name"),
    subset: () => new Option("--subset <name>", "whose subset has this in its name"),
    direction: () => new Option("--direction <way>", "of this direction, as outbound"),
    cluster: () => new Option("--cluster <name>", "of this cluster, as outbound|80||web.shop.svc.cluster.local"),
    status: () => new Option("--status <word>", "of this health").choices(["HEALTHY", "UNHEALTHY", "NONE", "healthy", "unhealthy", "none"]),
};

export function proxyConfigCommand(done: Done): Command {
    const command = new Command("proxy-config")
        .alias("pc")
        .description("What a running proxy serves: listeners, routes, clusters, endpoints, secrets, policies, log levels")
        .addHelpText(
            "after",
            `
Columns and words are those of istioctl proxy-config; what is known here besides stands behind them.

Examples:
  gatehouse proxy-config listeners
  gatehouse proxy-config routes --name http.8080 -o json
  gatehouse proxy-config clusters --fqdn reviews --pod istio-ingress/public-7d9f8-x2x5k
  gatehouse proxy-config secrets --gateway istio-ingress/public --context production
  gatehouse proxy-config log --level upstream:debug`,
        );
    for (const one of COMMANDS) command.addCommand(partCommand(one, done));
    return command.addCommand(logCommand(done));
}

function partCommand({ part, aliases, description, filters }: PartCommand, done: Done): Command {
    const command = reachable(new Command(part).aliases(aliases).description(description), false);
    for (const filter of filters) command.addOption(FILTERS[filter]());
    return withOutput(command).action(async (options: Options) => {
        const { proxyConfig } = require("../introspect") as typeof import("../introspect"); // oxlint-disable-line typescript/no-require-imports -- loaded when it is to run
        done(await proxyConfig(part, filtersOf(options), { ...reachOf(options), output: options.output }, processTerminal()));
    });
}

function filtersOf(options: Options): Filters {
    return {
        ...(options.port === undefined ? {} : { port: options.port }),
        ...(options.address === undefined ? {} : { address: options.address }),
        ...(options.type === undefined ? {} : { type: options.type }),
        ...(options.name === undefined ? {} : { name: options.name }),
        ...(options.fqdn === undefined ? {} : { fqdn: options.fqdn }),
        ...(options.subset === undefined ? {} : { subset: options.subset }),
        ...(options.direction === undefined ? {} : { direction: options.direction }),
        ...(options.cluster === undefined ? {} : { cluster: options.cluster }),
        ...(options.status === undefined ? {} : { status: options.status }),
    };
}

function logCommand(done: Done): Command {
    const command = reachable(new Command("log").alias("o").description("levels of the process log, and their change while it runs"), false)
        .addOption(new Option("--level <levels>", "a level for all, or PART:LEVEL,...: trace, debug, info, warning, error, critical, off"))
        .addOption(new Option("-r, --reset", "back to the levels that it was started with").conflicts("level"));
    return withOutput(command).action(async (options: Options) => {
        const { proxyLog } = require("../introspect") as typeof import("../introspect"); // oxlint-disable-line typescript/no-require-imports -- loaded when it is to run
        const { level, reset, output } = options;
        const change = { ...(level === undefined ? {} : { level }), ...(reset === undefined ? {} : { reset }) };
        done(await proxyLog(change, { ...reachOf(options), output }, processTerminal()));
    });
}

function withOutput(command: Command): Command {
    return command.addOption(new Option("-o, --output <format>", "how the result is written").choices(OUTPUTS).default("table"));
}
