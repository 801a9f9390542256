/** The options of the gateway in the proxy's own words: of the Services in front of it, before what the mesh's configuration says. */
import { GATEWAY_OPTIONS_ANNOTATION, mergedOptions, readGatewayOptions } from "../../../istio/semantics";
import { field } from "../../../istio/semantics/root-namespace";
import { refText } from "../../../istio/types";
import type { Placed } from "../../resources/model";
import type { ObjectContext } from "../context/objects";
import { annotationField, annotationText } from "../context/place";
import type { Value } from "../graph/graph";
import { meshConfigsInOrder } from "./mesh-providers";
import type { GatewayOptionRule } from "../routing/model/gateway-options";

const FIELD = annotationField(GATEWAY_OPTIONS_ANNOTATION);

/** `inFront`: the Services in front of the gateway's pods. An application's proxy has none. */
export function gatewayOptions(context: ObjectContext, inFront: () => readonly Placed<"Service">[]): Value<GatewayOptionRule> {
    return context.graph.value(() => {
        sayUnserved(context);
        return optionsOf(context, context.settings.mode === "mesh" ? [] : inFront().filter(hasOptions));
    });
}

/** HTTP/2 has no other names than those in lower case, and to who reads HTTP/1.1 as it is meant they are the same (RFC 9110 §5.1). */
function sayUnserved(context: ObjectContext): void {
    if (context.settings.mode === "mesh") return;
    for (const { subject, mesh } of meshConfigsInOrder(context)) {
        const headers = field(field(mesh, "defaultConfig"), "proxyHeaders");
        if (field(headers, "preserveHttp1HeaderCase") !== true) continue;
        context.report.add(
            "GH0447",
            subject,
            "data.mesh.defaultConfig.proxyHeaders.preserveHttp1HeaderCase",
            "Names of headers go out in lower case, whatever the case in which they came.",
            "Have what minds the case of a name not mind it.",
        );
    }
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
