/** The access log that Telemetry objects ask for: off unless one asks (Istio pilot/pkg/model/telemetry.go, mergeLogs). */
import type { AccessLogging } from "../../../../istio/types";
import type { ObjectContext } from "../../context/objects";
import type { ObjectPlace } from "../../context/place";
import type { AccessLogRule } from "../../routing/model/sources";
import type { PlacedTelemetry as Telemetry } from "./levels";

interface State {
    readonly provided: boolean;
    readonly disabled: boolean;
    readonly filter: string;
    readonly place?: ObjectPlace;
}

export function accessLogOf(context: ObjectContext, levels: readonly Telemetry[]): AccessLogRule | undefined {
    let state: State = { provided: false, disabled: false, filter: "" };
    let isAsked: { readonly telemetry: Telemetry; readonly field: string } | undefined;
    for (const telemetry of levels) {
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
