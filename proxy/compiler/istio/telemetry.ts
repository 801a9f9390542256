/** The access log that Telemetry objects ask for: off unless one asks (Istio pilot/pkg/model/telemetry.go, mergeLogs). */
import { selects } from "../../../istio/semantics";
import { refText, type AccessLogging } from "../../../istio/types";
import type { Placed } from "../../resources/model";
import type { ObjectContext } from "../context/objects";
import type { ObjectPlace } from "../context/place";
import type { AccessLogRule } from "../routing/model/sources";

type Telemetry = Placed<"Telemetry">;

interface State {
    readonly provided: boolean;
    readonly disabled: boolean;
    readonly filter: string;
    readonly place?: ObjectPlace;
}

export function accessLogOf(context: ObjectContext): AccessLogRule | undefined {
    let state: State = { provided: false, disabled: false, filter: "" };
    let isAsked: { readonly telemetry: Telemetry; readonly field: string } | undefined;
    for (const telemetry of levels(context)) {
        for (const [index, logging] of (telemetry.object.spec.accessLogging ?? []).entries()) {
            // At a gateway all traffic is the client's side of a call.
            if (logging.match?.mode === "SERVER") continue;
            const field = `spec.accessLogging[${index}]`;
            if (!logging.disabled) isAsked = { telemetry, field };
            state = apply(context, state, logging, telemetry, field);
        }
    }
    if (isAsked && !state.provided && !state.disabled) {
        context.report.add(
            "GH0457",
            isAsked.telemetry,
            isAsked.field,
            "No provider is named here or above, so that nothing is logged.",
            "Add providers: [{ name: envoy }].",
        );
    }
    return state.provided && !state.disabled && state.place ? { ...state.place, filter: state.filter } : undefined;
}

/** Providers replace those above; `disabled` and the filter stay until something else is said. */
function apply(context: ObjectContext, above: State, logging: AccessLogging, telemetry: Telemetry, field: string): State {
    for (const [index, { name }] of (logging.providers ?? []).entries()) {
        if (name.toLowerCase() === "envoy") continue;
        context.report.add(
            "GH0457",
            telemetry,
            `${field}.providers[${index}].name`,
            `${name} is not a provider of the bundled proxy.`,
            "Use envoy: lines of text on standard output.",
        );
    }
    const provided = logging.providers?.length ? logging.providers.some(({ name }) => name.toLowerCase() === "envoy") : above.provided;
    return {
        provided,
        disabled: logging.disabled ?? above.disabled,
        filter: logging.filter?.expression ?? above.filter,
        place: { subject: telemetry, field },
    };
}

/** Mesh, namespace, workload: the narrower comes later. */
function levels(context: ObjectContext): Telemetry[] {
    const { objects, settings } = context;
    const isWide = ({ object }: Telemetry): boolean => Object.keys(object.spec.selector?.matchLabels ?? {}).length === 0;
    const candidates = objects.telemetries
        .get()
        .filter(({ object }) => object.spec.targetRef === undefined && !object.spec.targetRefs?.length);
    const mesh = candidates.filter((one) => one.ref.namespace === settings.rootNamespace && isWide(one));
    const own = candidates.filter((one) => one.ref.namespace === settings.namespace);
    const namespace = settings.namespace === settings.rootNamespace ? [] : own.filter(isWide);
    const workload = own.filter((one) => !isWide(one) && selects(one.object.spec.selector?.matchLabels ?? {}, settings.labels));
    return [mesh, namespace, workload].flatMap((level) => {
        const [oldest, ...others] = level;
        for (const other of oldest ? others : []) {
            context.report.add(
                "GH0456",
                other,
                "",
                `${refText(oldest?.ref ?? other.ref)} applies at the same level and is older; this one has no effect on this gateway.`,
            );
        }
        return oldest ? [oldest] : [];
    });
}
