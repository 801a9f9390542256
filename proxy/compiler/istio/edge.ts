/** Settings of whole hosts in the proxy's words: of VirtualServices for their hosts, and of the Services in front of the gateway for all. */
import {
    EDGE_SETTING_NAMES,
    EDGE_SETTINGS,
    readRedirectMap,
    REDIRECTS_LABEL,
    type EdgeSetting,
    type EdgeSettingName,
} from "../../../istio/semantics";
import { refOf, refText } from "../../../istio/types";
import type { Placed } from "../../resources/model";
import type { PlacedObject } from "../../resources/placed-object";
import type { ObjectContext } from "../context/objects";
import { annotationField, annotationText, type Subject } from "../context/place";
import type { Family, Lookup, Value } from "../graph/graph";
import type { EdgeRule, EdgeRules, EdgeSource, RedirectMapRule } from "../routing/model/edge";

type RedirectMaps = ReadonlyMap<string, PlacedObject>;
/** Of a ConfigMap that are told one by one. */
const MOST_FAULTS = 20;

export class Edge implements EdgeSource {
    readonly #context: ObjectContext;
    /** An application is no gateway. */
    readonly #isMesh: boolean;
    readonly #read: Family<Subject, EdgeRules>;
    readonly #ofGateway: Value<EdgeRules | undefined>;
    readonly #map: Lookup<RedirectMaps, string, PlacedObject | undefined>;
    readonly #mapRules: Family<PlacedObject, RedirectMapRule>;

    /** `inFront`: the Services in front of the gateway's pods. */
    constructor(context: ObjectContext, inFront: () => readonly Placed<"Service">[]) {
        this.#context = context;
        this.#isMesh = context.settings.mode === "mesh";
        this.#read = context.graph.family((one) => this.#withMaps(readOf(one)));
        const maps = context.graph.value(
            (): RedirectMaps => new Map(context.redirectMaps.get().map((one) => [one.object.metadata.name, one])),
        );
        this.#map = context.graph.lookup(maps, (all, name) => all.get(name));
        this.#mapRules = context.graph.family((one) => this.#mapRule(one));
        this.#ofGateway = context.graph.value(() => (this.#isMesh ? undefined : this.#gatewayRules(inFront())));
    }

    ofGateway(): EdgeRules | undefined {
        return this.#ofGateway.get();
    }

    ofRules(subject: Subject): EdgeRules | undefined {
        if (this.#isMesh || subject.ref.kind !== "VirtualService" || !hasAny(subject)) return undefined;
        return this.#read.get(subject);
    }

    redirectMap(name: string): RedirectMapRule | undefined {
        const map = this.#map.get(name);
        return map && this.#mapRules.get(map);
    }

    /** Names those that are not there. */
    #withMaps(rules: EdgeRules): EdgeRules {
        const { redirects } = rules;
        for (const name of redirects?.value.configMaps ?? [])
            if (redirects !== undefined && this.#map.get(name) === undefined)
                this.#context.report.add(
                    "GH0422",
                    redirects.subject,
                    redirects.field,
                    `There is no ConfigMap ${name} of redirects in ${this.#context.settings.namespace ?? "any namespace"}: its redirects are not made.`,
                    `Make it beside the gateway's pods, with the label ${REDIRECTS_LABEL}: "true".`,
                );
        return rules;
    }

    #mapRule(source: PlacedObject): RedirectMapRule {
        const ref = refOf(source.object);
        const subject: Subject = { ref, id: `${ref.namespace}/${ref.name}`, source };
        const { redirects, faults } = readRedirectMap(source.object);
        for (const { field, message } of faults.slice(0, MOST_FAULTS)) this.#context.report.add("GH0423", subject, field, `${message}.`);
        if (faults.length > MOST_FAULTS)
            this.#context.report.add("GH0423", subject, "data", `${faults.length - MOST_FAULTS} more are left out for the like.`);
        return { subject, redirects: redirects.map(({ from, to, status }) => [from, to, status]) };
    }

    /** Of several Services each setting is the oldest's that has it: objects come in that order. */
    #gatewayRules(services: readonly Placed<"Service">[]): EdgeRules | undefined {
        const having = services.filter(hasAny).map((one) => this.#read.get(one));
        if (having.length === 0) return undefined;
        const rules: { [K in EdgeSettingName]?: EdgeRule<K> } = {};
        for (const read of having) for (const name of EDGE_SETTING_NAMES) if (EDGE_SETTINGS[name].ofGateway) this.#take(rules, name, read);
        return rules;
    }

    #take<K extends EdgeSettingName>(rules: { [N in K]?: EdgeRule<N> }, name: K, read: EdgeRules): void {
        const rule = read[name] as EdgeRule<K> | undefined;
        const older = rules[name];
        if (rule === undefined) return;
        if (older === undefined) rules[name] = rule;
        else
            this.#context.report.add(
                "GH0421",
                rule.subject,
                rule.field,
                `${refText(older.subject.ref)} says the same for the gateway and is older; what stands here holds for nobody.`,
                "Say it on one of the two.",
            );
    }
}

function hasAny(subject: Subject): boolean {
    return EDGE_SETTING_NAMES.some((name) => annotationText(subject, EDGE_SETTINGS[name].annotation) !== undefined);
}

/** What is wrong with it the reader of the object has said. */
function readOf(subject: Subject): EdgeRules {
    const rules = EDGE_SETTING_NAMES.flatMap((name) => {
        const { annotation, read: reader, unreadable }: EdgeSetting<unknown> = EDGE_SETTINGS[name];
        const text = annotationText(subject, annotation);
        if (text === undefined) return [];
        const read = reader(text);
        const value = "fault" in read ? unreadable : read.value;
        return value === undefined ? [] : [[name, { subject, field: annotationField(annotation), value }] as const];
    });
    return Object.fromEntries(rules) as EdgeRules;
}
