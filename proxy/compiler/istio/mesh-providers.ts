/**
 * The extension providers that are defined: `extensionProviders` of the gateway's own configuration (ConfigMaps of its
 * namespace with our label) and of the mesh's. Of two providers of one name the gateway's own counts, and of its own the
 * newest: what takes the place of a ConfigMap is there before that goes.
 */
import { isDeepStrictEqual } from "node:util";
import { readProviders, type GivenProvider } from "../../../istio/extension-providers";
import type { SettingFault } from "../../../istio/provider-settings";
import { isGatewayMeshConfig, meshOf } from "../../../istio/semantics/root-namespace";
import { refOf } from "../../../istio/types";
import type { PlacedObject } from "../../resources/placed-object";
import { compareText } from "../../resources/text-order";
import type { ObjectContext } from "../context/objects";
import { subjectText, type Subject } from "../context/place";
import type { Value } from "../graph/graph";

export interface DefinedProvider {
    readonly subject: Subject;
    readonly given: GivenProvider;
}

export type ProvidersByName = ReadonlyMap<string, DefinedProvider>;

/** By their names as they are written. */
export function meshProviders(context: ObjectContext): Value<ProvidersByName> {
    return context.graph.value(() => read(context));
}

function read({ report, meshConfigs, settings }: ObjectContext): ProvidersByName {
    const defined = new Map<string, DefinedProvider>();
    for (const subject of meshConfigsInOrder(meshConfigs.get(), settings.namespace)) {
        const { providers, fault } = readProviders(meshOf(subject.source.object));
        if (fault !== undefined)
            report.add("GH0474", subject, meshField(fault), `${fault.field} ${fault.message}: no provider of it is known.`);
        for (const given of providers) {
            const before = defined.get(given.name);
            if (before === undefined) defined.set(given.name, { subject, given });
            else if (before.subject !== subject) {
                if (isGatewayMeshConfig(subject.source.object, settings.namespace) && agree(before, { subject, given })) continue;
                report.add(
                    "GH0475",
                    before.subject,
                    `data.mesh.${before.given.field}`,
                    `${subjectText(subject)} has a provider ${JSON.stringify(given.name)} too; this one is asked.`,
                );
            }
            // The reader has found the name to be said twice: nobody can tell which is meant.
            else defined.set(given.name, { subject, given });
        }
    }
    return defined;
}

/** Who made the ConfigMap, by Kubernetes' recommended labels. */
function makerOf({ source }: Subject): string | undefined {
    const labels = source.object.metadata.labels ?? {};
    const [name, instance] = [labels["app.kubernetes.io/name"], labels["app.kubernetes.io/instance"]];
    return name === undefined || instance === undefined ? undefined : `${name}/${instance}`;
}

/** Whether the newer takes the older's place, or says the same. */
function agree(newer: DefinedProvider, older: DefinedProvider): boolean {
    const maker = makerOf(newer.subject);
    return (maker !== undefined && maker === makerOf(older.subject)) || isDeepStrictEqual(newer.given.settings, older.given.settings);
}

/** The gateway's own first, the newest before the others; then the mesh's. */
export function meshConfigsInOrder(configs: readonly PlacedObject[], namespace: string): Subject[] {
    const subjects = configs.map((source): Subject => {
        const ref = refOf(source.object);
        return { ref, id: `${ref.namespace}/${ref.name}`, source };
    });
    const rank = ({ source }: Subject): number => (isGatewayMeshConfig(source.object, namespace) ? 0 : 1);
    const made = ({ source }: Subject): string => source.object.metadata.creationTimestamp ?? "";
    return subjects.sort((a, b) => rank(a) - rank(b) || compareText(made(b), made(a)) || compareText(a.id, b.id));
}

export function meshField({ field: within }: SettingFault): string {
    return `data.mesh.${within}`;
}
