/** The providers that CUSTOM policies name, with the clusters they are asked through: no other is made. */
import { isDeepStrictEqual } from "node:util";
import { GRPC_KIND, HTTP_KIND, type GrpcProviderSettings, type HttpProviderSettings } from "../../../istio/extension-providers";
import { didYouMean } from "../../../istio/did-you-mean";
import type { AuthorizationPolicyEntry, ExternalProviderEntry } from "../../tables/access";
import type { Origin } from "../../tables/origin";
import type { CompilerContext } from "../context/context";
import { listText } from "../context/report";
import type { Family } from "../graph/graph";
import type { Destinations } from "./destinations";
import type { HostDefinition } from "./model/backends";
import type { ProviderRule, ProviderSource } from "./model/providers";
import { originOf } from "./origin";
import { providerService } from "./provider-service";
import type { Registry } from "./registry";

type Asked = HttpProviderSettings | GrpcProviderSettings;
const FIELDS = { http: HTTP_KIND, grpc: GRPC_KIND } as const;

export class ProviderBuilder {
    readonly #context: CompilerContext;
    readonly #source: ProviderSource;
    readonly #registry: Registry;
    readonly #destinations: Destinations;
    readonly #made: Family<string, ExternalProviderEntry | undefined>;

    constructor(context: CompilerContext, source: ProviderSource, registry: Registry, destinations: Destinations) {
        this.#context = context;
        this.#source = source;
        this.#registry = registry;
        this.#destinations = destinations;
        this.#made = context.graph.family((name) => this.#make(name), isDeepStrictEqual);
    }

    /** Those that these policies name, each once. */
    build(policies: readonly AuthorizationPolicyEntry[]): ExternalProviderEntry[] {
        const made = new Map<string, ExternalProviderEntry>();
        for (const { action, provider = "", origin } of policies) {
            if (action !== "CUSTOM") continue;
            const entry = this.#made.get(provider);
            if (entry === undefined) this.#reportMissing(provider, origin);
            if (!made.has(provider))
                made.set(provider, entry ?? { key: provider, kind: "unserved", why: "there is no such provider", origin });
        }
        return [...made.values()];
    }

    #reportMissing(name: string, origin: Origin): void {
        const names = this.#source.names();
        const meant = didYouMean(name, names);
        this.#context.report.addAt(
            "GH0474",
            { ...origin, field: "spec.provider.name" },
            `No extension provider is named ${JSON.stringify(name)}; what the policy is about gets 403. There are: ${listText(names)}.`,
            meant === undefined
                ? "Define it in extensionProviders of the mesh's configuration or of the gateway's."
                : `Did you mean ${meant}?`,
        );
    }

    #make(name: string): ExternalProviderEntry | undefined {
        const rule = this.#source.provider(name);
        if (rule === undefined) return undefined;
        const origin = originOf(rule.subject, rule.field);
        const { decides } = rule;
        switch (decides.kind) {
            case "http":
            case "grpc": {
                const found = this.#resolve(rule, decides);
                if (found === undefined) return { key: name, kind: "unserved", why: `its service ${decides.host} is not there`, origin };
                const { namespace: _namespace, host: _host, port: _port, ...rest } = decides;
                return { key: name, ...rest, cluster: this.#clusterOf(decides, rule), authority: found.host, origin };
            }
            case "basic-auth":
            case "unserved":
                return { key: name, ...decides, origin };
            default:
                return decides satisfies never;
        }
    }

    #clusterOf({ kind, host, port }: Asked, rule: ProviderRule): string {
        const destination = { host, port, subset: "", field: `${rule.field}.${FIELDS[kind]}` };
        return this.#destinations.cluster(destination, rule.subject, { protocol: "http", port });
    }

    #resolve(rule: ProviderRule, asked: Asked): HostDefinition | undefined {
        const field = `${rule.field}.${FIELDS[asked.kind]}`;
        return providerService(
            this.#context,
            this.#registry,
            rule,
            field,
            asked,
            "GH0474",
            ", so that what asks for this provider gets 403.",
        );
    }
}
