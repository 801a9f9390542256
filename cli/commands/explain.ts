/** `gatehouse explain`: what would happen to one request, and which object and line say so. */
import { Command, Option } from "commander";
import {
    collectConfig,
    parseEnvironment,
    parseIp,
    parseLabels,
    parseLocality,
    parsePort,
    parsePortOffset,
    parseTrustedProxies,
} from "../options";
import { processTerminal } from "../terminal";

interface Options {
    readonly method?: string;
    readonly http2?: boolean;
    readonly grpc?: boolean;
    readonly header?: string[];
    readonly sni?: string;
    readonly token?: string;
    readonly clientAddress?: string;
    readonly proxyPort?: number;
    readonly clientPrincipal?: string[];
    readonly admin?: string;
    readonly cluster?: string;
    readonly env: string;
    readonly config?: Record<string, string>;
    readonly labels?: Record<string, string>;
    readonly namespace?: string;
    readonly rootNamespace?: string;
    readonly mode?: "gateway" | "mesh";
    readonly ignoreSecurityPolicies?: boolean;
    readonly trustedProxies?: number;
    readonly locality?: string;
    readonly underscoresInHeaders?: "forward" | "drop" | "reject";
    readonly portOffset: number;
    readonly output: "table" | "json";
}

function collect(text: string, before: readonly string[] = []): string[] {
    return [...before, text];
}

export function explainCommand(done: (code: number) => void): Command {
    return new Command("explain")
        .description("say what would happen to one request, rule by rule, and which object and line each answer came from")
        .argument("<url>", "https://host[:port]/path; tcp:// and tls:// ask for a port that speaks no HTTP")
        .argument("[target]", "a folder or file of objects, or a stack (default: this folder's project, or the quickstart)")
        .option("--method <method>", "the request's method (default: GET; of a call POST)")
        .option("--http2", "the client's connection speaks HTTP/2")
        .option("--grpc", "a call of gRPC, whose URL is https://host/package.Service/Method: HTTP/2, and what its clients send")
        .option("-H, --header <name:value>", "a header of the request; may be repeated; Host stands for the authority", collect)
        .option("--sni <name>", "the server name of the handshake (default: the URL's host; empty: none)")
        .option("--token <file>", "a token, sent as Authorization: Bearer, and what is wrong with it; - reads it from stdin")
        .option("--client-address <ip>", "whom the connection comes from, for rules about addresses (default: nobody's)", parseIp)
        .option("--proxy-port <port>", "where a forward proxy is asked for it, as HTTPS_PROXY has clients do", parsePort)
        .option(
            "--client-principal <uri>",
            "a name in the client's certificate, as spiffe://cluster.local/ns/shop/sa/web; may be repeated",
            collect,
        )
        .addOption(
            new Option("--trusted-proxies <n>", "as if the proxy had been started with this; of a stack each gateway's own counts")
                .argParser(parseTrustedProxies)
                .conflicts("admin"),
        )
        .addOption(
            new Option("--locality <region/zone/subzone>", "as if the proxy had been started with this")
                .argParser(parseLocality)
                .conflicts("admin"),
        )
        .option("--admin <url>", "ask a running proxy by its admin address instead, as http://127.0.0.1:15000")
        .option("--labels <k=v,...>", "labels of the gateway's pods; of a stack the default is each of its gateways", parseLabels)
        .option("--namespace <ns>", "namespace of the gateway's pods")
        .addOption(new Option("--root-namespace <ns>", "namespace of what is for the whole mesh, as for the proxy").conflicts("admin"))
        .addOption(
            new Option("--mode <mode>", "of a folder: answer as a proxy that was started with this")
                .choices(["gateway", "mesh"])
                .conflicts("admin"),
        )
        .addOption(new Option("--ignore-security-policies", "as if the proxy had been started with this switch").conflicts("admin"))
        .addOption(
            new Option(
                "--underscores-in-headers <what>",
                "as if the proxy had been started with this; of a stack each gateway's own counts",
            )
                .choices(["forward", "drop", "reject"])
                .conflicts("admin"),
        )
        .option(
            "--port-offset <n>",
            "what was added to the ports, as by up: the URL's port is that much higher than the Gateway's",
            parsePortOffset,
            0,
        )
        .addOption(
            new Option("--cluster <name>", "of a stack for several clusters the one to ask: its provider's name, or default").conflicts(
                "admin",
            ),
        )
        .option("--env <name>", "the environment of a stack: the Pulumi stack's name", parseEnvironment, "dev")
        .option("-c, --config <key=value>", "a configuration value over the stack's own; may be repeated", collectConfig)
        .addOption(new Option("-o, --output <format>", "how the result is written").choices(["table", "json"]).default("table"))
        .addHelpText(
            "after",
            `
Nothing is sent. That a request would not be served is an answer too: the exit code is 0.

Examples:
  gatehouse explain https://webapp.istioinaction.io/api/catalog quickstart
  gatehouse explain http://shop.example.com/cart ./manifests --method POST -H "x-team: a"
  gatehouse explain https://shop.example.com/orders ./manifests --token token.jwt --client-address 203.0.113.7
  gatehouse explain https://grpc.istioinaction.io/echo.v1.Echo/Say grpc --grpc
  gatehouse explain https://shop.example.com/ --admin http://127.0.0.1:15000 -o json`,
        )
        .action(async (url: string, target: string | undefined, options: Options, command: Command) => {
            if (options.admin !== undefined && target !== undefined)
                command.error("error: wanted a folder or stack, or --admin URL, not both");
            const { explainRequest } = require("../explain") as typeof import("../explain"); // oxlint-disable-line typescript/no-require-imports -- loaded when it is to run
            done(
                await explainRequest(
                    {
                        url,
                        ...(options.method === undefined ? {} : { method: options.method }),
                        http2: options.http2 ?? false,
                        grpc: options.grpc ?? false,
                        headers: options.header ?? [],
                        env: options.env,
                        config: options.config ?? {},
                        portOffset: options.portOffset,
                        output: options.output,
                        ...(options.sni === undefined ? {} : { serverName: options.sni }),
                        ...(options.token === undefined ? {} : { tokenFile: options.token }),
                        ...(options.clientAddress === undefined ? {} : { clientAddress: options.clientAddress }),
                        ...(options.proxyPort === undefined ? {} : { proxyPort: options.proxyPort }),
                        ...(options.clientPrincipal === undefined ? {} : { clientPrincipals: options.clientPrincipal }),
                        ...(target === undefined ? {} : { target }),
                        ...(options.cluster === undefined ? {} : { cluster: options.cluster }),
                        ...(options.admin === undefined ? {} : { admin: options.admin }),
                        ...(options.labels === undefined ? {} : { labels: options.labels }),
                        ...(options.underscoresInHeaders === undefined ? {} : { underscoresInHeaders: options.underscoresInHeaders }),
                        ...(options.trustedProxies === undefined ? {} : { trustedProxies: options.trustedProxies }),
                        ...(options.locality === undefined ? {} : { locality: options.locality }),
                        ...(options.rootNamespace === undefined ? {} : { rootNamespace: options.rootNamespace }),
                        ...(options.mode === undefined ? {} : { mode: options.mode }),
                        ignoreSecurityPolicies: options.ignoreSecurityPolicies ?? false,
                        ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
                    },
                    processTerminal(),
                ),
            );
        });
}
