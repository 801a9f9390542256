/** `gatehouse ingress-status`: writes a gateway's addresses into the status of the Ingresses that it serves. */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { Command, InvalidArgumentError, Option } from "commander";
import { CommandError, EXIT } from "../exit";
import { parseAddress } from "../options";

interface Options {
    readonly gatewayService: { readonly namespace: string; readonly name: string };
    readonly lease?: string;
    readonly identity?: string;
    readonly kubeconfig?: string;
    readonly context?: string;
    readonly status: string;
}

/** The same trouble is told again after so long. */
const TOLD_MS = 60_000;
const MAX_NAME = 253;

function parseService(text: string): Options["gatewayService"] {
    const match = /^([a-z0-9]([-a-z0-9]*[a-z0-9])?)\/([a-z0-9]([-a-z0-9]*[a-z0-9])?)$/.exec(text);
    if (!match) throw new InvalidArgumentError("Wanted NAMESPACE/NAME, as istio-ingress/public.");
    return { namespace: match[1] ?? "", name: match[3] ?? "" };
}

async function serve(options: Options): Promise<number> {
    const { createProcessLog, findCluster, runIngressStatus, serveProbes } = require("../../proxy") as typeof import("../../proxy"); // oxlint-disable-line typescript/no-require-imports -- loaded when it is to run
    const { gatewayService: gateway } = options;
    const where = {
        ...(options.kubeconfig === undefined ? {} : { kubeconfig: options.kubeconfig }),
        ...(options.context === undefined ? {} : { context: options.context }),
    };
    try {
        findCluster(where);
    } catch (error) {
        throw new CommandError(EXIT.unable, error instanceof Error ? error.message : String(error));
    }
    const log = createProcessLog();
    const told = new Map<string, number>();
    const identity = options.identity ?? `${hostname()}_${randomBytes(4).toString("hex")}`;
    const lease = options.lease ?? `${gateway.name}-ingress-status`.slice(-MAX_NAME);
    const running = runIngressStatus(
        { ...where, gateway, lease, identity },
        {
            turned: (leads) => log.info({ lease: `${gateway.namespace}/${lease}`, identity }, leads ? "holds the Lease" : "lost the Lease"),
            wrote: ({ namespace, name }, addresses) => log.info({ ingress: `${namespace}/${name}`, addresses }, "wrote addresses"),
            failed: (what, failure) => {
                const key = `${what} ${failure.kind}`;
                if (performance.now() - (told.get(key) ?? -Infinity) < TOLD_MS) return;
                told.set(key, performance.now());
                log.warn({ what, ...failure }, "the API server did not do what was asked; it is asked again");
            },
        },
    );
    const at = options.status.lastIndexOf(":");
    const probes = await serveProbes(options.status.slice(0, at).replace(/^\[|\]$/g, ""), Number(options.status.slice(at + 1)), () =>
        running.report(),
    ).catch(async (error: Error) => {
        await running.stop();
        throw new CommandError(EXIT.unable, `--status ${options.status}: ${error.message}`);
    });
    await new Promise<void>((resolve) => {
        for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
    });
    await running.stop();
    probes.close();
    return EXIT.ok;
}

export function ingressStatusCommand(done: (code: number) => void): Command {
    return new Command("ingress-status")
        .description("write a gateway's addresses into the status of the Ingresses that it serves")
        .addOption(
            new Option("--gateway-service <ns/name>", "the gateway's Service, which IngressClasses name")
                .argParser(parseService)
                .makeOptionMandatory(),
        )
        .option("--lease <name>", "the Lease by which one of several writes (default: NAME-ingress-status, in the Service's namespace)")
        .option("--identity <name>", "of this process among them (default: the host's name and eight digits)")
        .option("--kubeconfig <file>", "how to reach the cluster (default: $KUBECONFIG, the pod's ServiceAccount, or ~/.kube/config)")
        .option("--context <name>", "the kubeconfig's context (default: its current one)")
        .option(
            "--status <address:port>",
            "where /livez, /healthz/ready and /metrics are answered; port 0 takes a free one",
            parseAddress,
            "0.0.0.0:15021",
        )
        .addHelpText("after", "\nExample:\n  gatehouse ingress-status --gateway-service istio-ingress/public")
        .action(async (options: Options) => done(await serve(options)));
}
