/** The options of the gateway in the proxy's own words: of the Services in front of it, before what the mesh's configuration says. */
import { GATEWAY_OPTIONS_ANNOTATION, mergedOptions, readGatewayOptions } from "../../../istio/semantics";
import { refText } from "../../../istio/types";
import type { Placed } from "../../resources/model";
import type { ObjectContext } from "../context/objects";
import { annotationField, annotationText } from "../context/place";
import type { Value } from "../graph/graph";
import type { GatewayOptionRule } from "../routing/model/gateway-options";

const FIELD = annotationField(GATEWAY_OPTIONS_ANNOTATION);

/** `inFront`: the Services in front of the gateway's pods. An application's proxy has none. */
export function gatewayOptions(context: ObjectContext, inFront: () => readonly Placed<"Service">[]): Value<GatewayOptionRule> {
    return context.graph.value(() => optionsOf(context, context.settings.mode === "mesh" ? [] : inFront().filter(hasOptions)));
}

function hasOptions(service: Placed<"Service">): boolean {
    return annotationText(service, GATEWAY_OPTIONS_ANNOTATION) !== undefined;
}

/** Of several Services the oldest that has some: objects come in that order. Nobody is served where one of them can't be read. */
function optionsOf({ settings, report }: ObjectContext, services: readonly Placed<"Service">[]): GatewayOptionRule {
    const read = services.map((service) => ({
        service,
        ...readGatewayOptions(annotationText(service, GATEWAY_OPTIONS_ANNOTATION) ?? ""),
    }));
    const [first, ...others] = read;
    for (const { service } of others)
        report.add(
            "GH0419",
            service,
            FIELD,
            `${refText(first!.service.ref)} has options of the same gateway and is older; these are not in force.`,
            "Put them on one of the two.",
        );
    const closed = read.find(({ isClosed }) => isClosed);
    return {
        options: mergedOptions(settings.gatewayOptions, first?.options ?? {}),
        ...(closed === undefined ? {} : { closedBy: { subject: closed.service, field: FIELD } }),
    };
}
