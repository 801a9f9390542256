/** The schemas of destinations, and of Istio's routes with such destinations in them. */
import type * as pulumi from "@pulumi/pulumi";
import { kindTable, type Field as IstioTable } from "../../istio";
import type { IstioField, ObjectArgument, RichField } from "../schema";
import { destinationWire } from "./destination";
import { routeWire } from "./routes";
import type { DestinationArgs, HTTPRouteArgs } from "./types";

/** The table of a field of Istio's by its path, of a list that of what is in it. */
export function istioTable(
    kind: "VirtualService" | "ServiceEntry" | "DestinationRule" | "AuthorizationPolicy" | "Telemetry",
    ...path: readonly string[]
): IstioTable {
    return path.reduce<IstioTable>((field, step) => {
        const next = field.type === "object" ? field.fields[step] : undefined;
        if (!next) throw new Error(`the table of ${kind} has no ${path.join(".")}`);
        return next.type === "list" ? next.of : next;
    }, kindTable(kind).root);
}

const ROUTE = withPathPrefix(istioTable("VirtualService", "spec", "http"));
const DESTINATION = istioTable("VirtualService", "spec", "http", "route", "destination");

/** Istio's route, with a field of ours. */
function withPathPrefix(table: IstioTable): IstioTable {
    if (table.type !== "object") throw new Error("a route is no object");
    return {
        ...table,
        fields: {
            pathPrefix: { type: "text", doc: "a path and what is below it, by segment" },
            ...table.fields,
        },
    };
}

const SERVICE: ObjectArgument = {
    type: "object",
    name: "ServiceDestination",
    doc: "A Service with the port that is meant.",
    fields: {
        name: { type: "text", input: true, required: true, doc: "Of the Service." },
        namespace: { type: "text", input: true, required: true, doc: "Of the Service." },
        port: { type: "number", least: 1, input: true, required: true, doc: "The port's number." },
        subset: { type: "text", input: true, doc: "A subset that a DestinationRule of this Service defines." },
    },
};

/** As plain data, one of the two is given. */
const TWIN: ObjectArgument = {
    type: "object",
    name: "Destination",
    doc: "Where a route leads: one of the two.",
    fields: {
        host: { type: "istio", name: "IstioDestination", table: DESTINATION, doc: "Istio's Destination." },
        service: SERVICE,
    },
};

export const DESTINATION_FIELD: Omit<RichField<pulumi.Input<DestinationArgs>>, "doc"> = {
    type: "rich",
    called: "Service, `{ service, port, subset }` or Istio's Destination",
    travel: destinationWire,
    twin: TWIN,
};

export const ROUTE_FIELD: IstioField<HTTPRouteArgs> = {
    type: "istio",
    name: "HTTPRoute",
    table: ROUTE,
    doc: "",
    travel: routeWire,
    instead: {
        destination: { ...DESTINATION_FIELD, doc: "Where the requests go." },
        mirror: { ...DESTINATION_FIELD, doc: "Where copies of the requests go." },
    },
};
