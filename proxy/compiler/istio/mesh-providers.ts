/**
 * The extension providers that are defined: `extensionProviders` of the gateway's own configuration (ConfigMaps of its
 * namespace with our label) and of the mesh's. Of two providers of one name the gateway's own counts, and of its own the
 * newest: what takes the place of a ConfigMap is there before that goes.
 */
import { isDeepStrictEqual } from "node:util";
import { readProviders, type GivenProvider } from "../../../istio/extension-providers";
import type { SettingFault } from "../../../istio/provider-settings";
import { field, isGatewayMeshConfig, meshOf } from "../../../istio/semantics/root-namespace";
import { refOf } from "../../../istio/types";
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

function read(context: ObjectContext): ProvidersByName {
    const { report, settings } = context;
    const defined = new Map<string, DefinedProvider>();
    for (const { subject, mesh } of meshConfigsInOrder(context)) {
        const { providers, fault } = readProviders(mesh);
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
                    meshField(before.given),
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

/** One of the configurations, and what is in it. */
interface PlacedMesh {
    readonly subject: Subject;
    readonly mesh: unknown;
}

/** The gateway's own first, the newest before the others; then the mesh's. */
export function meshConfigsInOrder({ meshConfigs, settings }: ObjectContext): readonly PlacedMesh[] {
    const subjects = meshConfigs.get().map((source): Subject => {
        const ref = refOf(source.object);
        return { ref, id: `${ref.namespace}/${ref.name}`, source };
    });
    const rank = ({ source }: Subject): number => (isGatewayMeshConfig(source.object, settings.namespace) ? 0 : 1);
    const made = ({ source }: Subject): string => source.object.metadata.creationTimestamp ?? "";
    return subjects
        .sort((a, b) => rank(a) - rank(b) || compareText(made(b), made(a)) || compareText(a.id, b.id))
        .map((subject) => ({ subject, mesh: meshOf(subject.source.object) }));
}

const OF_DEFAULTS = { accessLogging: "GH0457", metrics: "GH0469", tracing: "GH0497" } as const;

/** Of `defaultProviders` what is no list of names. */
export function sayNoNames(context: ObjectContext, kind: keyof typeof OF_DEFAULTS): void {
    for (const { subject, mesh } of meshConfigsInOrder(context)) {
        const given = field(field(mesh, "defaultProviders"), kind) ?? [];
        if (Array.isArray(given) && given.every((one) => typeof one === "string")) continue;
        const message = "It is no list of names; what is no name is not asked.";
        context.report.add(
            OF_DEFAULTS[kind],
            subject,
            `data.mesh.defaultProviders.${kind}`,
            message,
            "Write it as a list, in brackets: [NAME].",
        );
    }
}

/** What of a provider is not read, to whoever uses it. */
export function reportRemarks({ report }: ObjectContext, { subject, given }: DefinedProvider): void {
    for (const remark of given.remarks)
        report.add("GH0475", subject, meshField(remark), `${remark.field} ${remark.message} It is not read.`);
}

/** Of a setting in a configuration, or of a provider. */
export function meshField({ field: within }: Pick<SettingFault, "field">): string {
    return `data.mesh.${within}`;
}
