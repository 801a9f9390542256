/** A collector that a provider stands for, with the cluster that leads to it. */
import type { CollectorEntry } from "../../tables/collectors";
import type { CompilerContext } from "../context/context";
import type { ObjectPlace } from "../context/place";
import type { Destinations } from "./destinations";
import { originOf } from "./origin";
import { providerService } from "./provider-service";
import type { Registry } from "./registry";

interface CollectorProvider extends ObjectPlace {
    readonly name: string;
    readonly settings: { readonly namespace: string; readonly host: string; readonly port: number };
}

type Told = Pick<CollectorEntry, "protocol" | "path" | "timeoutMs" | "headers" | "hasEnvironment">;

/** What is said where its service is not there. */
interface Missing {
    /** Of the provider. */
    readonly kind: string;
    readonly code: "GH0457" | "GH0497";
    readonly consequence: string;
}

export function collectorEntry(
    context: CompilerContext,
    registry: Registry,
    destinations: Destinations,
    provider: CollectorProvider,
    { protocol, path, timeoutMs, headers, hasEnvironment }: Told,
    serviceName: string,
    { kind, code, consequence }: Missing,
): CollectorEntry | undefined {
    const { name, settings, subject } = provider;
    const { host, port } = settings;
    const field = `${provider.field}.${kind}`;
    const found = providerService(context, registry, provider, field, settings, code, consequence);
    if (found === undefined) return undefined;
    return {
        provider: name,
        cluster: destinations.cluster({ host, port, subset: "", field }, subject, { protocol: "http", port }),
        authority: found.host,
        protocol,
        path,
        timeoutMs,
        headers,
        resource: [
            ["service.name", serviceName],
            ["telemetry.sdk.language", "nodejs"],
            ["telemetry.sdk.name", "gatehouse"],
        ],
        hasEnvironment,
        origin: originOf(subject, provider.field),
    };
}
