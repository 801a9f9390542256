/** The servers of Ingresses: port 80 for the hosts of all of them, and on port 443 one for each certificate. */
import { INGRESS_PORTS, secretNamed } from "../../../istio/semantics";
import { guarded } from "../context/context";
import type { ObjectContext } from "../context/objects";
import { fieldBelow } from "../context/place";
import type { Family, Value } from "../graph/graph";
import { sameList } from "../graph/lists";
import { narrowed } from "../graph/narrowed";
import type { CredentialRef } from "../routing/model/credentials";
import type { PlannedHost, PlannedServer } from "../routing/model/servers";
import type { ServerSource } from "../routing/model/sources";
import type { IngressClasses, ServedIngress } from "./classes";

interface Certificate {
    readonly server: PlannedServer;
    readonly secret: string;
}

const NONE: readonly never[] = [];
const ALL_HOSTS: readonly PlannedHost[] = [{ host: "*", field: "spec.rules" }];

export class IngressServers implements ServerSource {
    readonly #context: ObjectContext;
    readonly #classes: IngressClasses;
    readonly #open: Value<readonly PlannedServer[]>;
    readonly #secure: Family<ServedIngress, readonly Certificate[]>;
    readonly #all: Value<readonly PlannedServer[]>;

    constructor(context: ObjectContext, classes: IngressClasses) {
        const { graph } = context;
        this.#context = context;
        this.#classes = classes;
        // As long as the oldest is the same one, whatever else comes and goes.
        this.#open = graph.value(() => classes.all().slice(0, 1).map(openServer), sameSubjects);
        this.#secure = graph.family((served) => guarded(context, served.ingress, "spec.tls", NONE, () => this.#certificatesOf(served)));
        this.#all = graph.value(() => [...this.#open.get(), ...this.#withoutDoubles()], sameList);
    }

    servers(): readonly PlannedServer[] {
        return this.#all.get();
    }

    /** Several Ingresses of a host often name the same Secret: that is no conflict, and the oldest serves it. */
    #withoutDoubles(): readonly PlannedServer[] {
        const secrets = new Map<string, string>();
        return this.#classes.all().flatMap((one) =>
            this.#secure.get(one).flatMap(({ server, secret }) => {
                const hosts = server.hosts.filter(({ host }) => secrets.get(host) !== secret);
                for (const { host } of hosts) if (!secrets.has(host)) secrets.set(host, secret);
                if (hosts.length === 0) return [];
                return [hosts.length === server.hosts.length ? server : narrowed(server, hosts)];
            }),
        );
    }

    #certificatesOf({ ingress }: ServedIngress): readonly Certificate[] {
        const { settings, report } = this.#context;
        return (ingress.object.spec.tls ?? NONE).flatMap(({ hosts, secretName = "" }, index) => {
            const field = fieldBelow("spec", "tls", index);
            if (secretName === "") {
                report.add(
                    "GH0471",
                    ingress,
                    field,
                    "No secretName: the entry brings no certificate, and its hosts are served in the clear alone.",
                    `Name a Secret of namespace ${settings.namespace}, the gateway's.`,
                );
                return [];
            }
            const own = (hosts ?? NONE).map((host, at) => ({ host: host.toLowerCase(), field: fieldBelow(field, "hosts", at) }));
            const named = own.length > 0 ? own : [{ host: "*", field }];
            const portName = `https-443-ingress-${ingress.ref.name}-${ingress.ref.namespace}-${index}`;
            const server: PlannedServer = {
                ...base(ingress),
                field,
                kind: "https",
                port: INGRESS_PORTS.https,
                portName,
                protocol: "HTTPS",
                hosts: named,
                tls: {
                    mode: "SIMPLE",
                    certificates: [credential(secretName, settings.namespace, `${field}.secretName`)],
                    cipherSuites: NONE,
                    subjectAltNames: NONE,
                    insecureSkipVerify: false,
                },
                routeTable: `https.${INGRESS_PORTS.https}.${portName}`,
            };
            return [{ server, secret: secretName }];
        });
    }
}

/** In the gateway's namespace, as Istio looks it up: the gateway's account reads no other. */
function credential(text: string, namespace: string, field: string): CredentialRef {
    const named = secretNamed(text, namespace);
    if ("fault" in named || named.namespace !== namespace)
        return {
            kind: "unclear",
            text,
            fault: `${text} is not the name of a Secret.`,
            fix: `Name a Secret of namespace ${namespace}, the gateway's.`,
            field,
        };
    return { kind: "secret", namespace, names: [named.name], field };
}

type Base = Pick<PlannedServer, "subject" | "owner" | "speaksGrpcWeb" | "bind" | "isTranslated" | "redirectsToHttps">;

function base(ingress: ServedIngress["ingress"]): Base {
    return {
        subject: ingress,
        // No Gateway is called so: a rule that names its Gateways means none of these.
        owner: `Ingress ${ingress.id}`,
        speaksGrpcWeb: false,
        bind: "",
        isTranslated: true,
        redirectsToHttps: false,
    };
}

function openServer({ ingress }: ServedIngress): PlannedServer {
    return {
        ...base(ingress),
        field: "spec.rules",
        kind: "http",
        port: INGRESS_PORTS.http,
        portName: "http-80-ingress",
        protocol: "HTTP",
        hosts: ALL_HOSTS,
        tls: undefined,
        routeTable: "",
    };
}

function sameSubjects(before: readonly PlannedServer[], after: readonly PlannedServer[]): boolean {
    return sameList(
        before.map(({ subject }) => subject),
        after.map(({ subject }) => subject),
    );
}
