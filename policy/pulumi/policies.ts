/** The policies as Pulumi runs them: one resource at a time before it is made, and the stack once all are. */
import { Secret, type ResourceRemediation, type ResourceValidationPolicy, type StackValidationPolicy } from "@pulumi/policy";
import { clusterKey, withoutSecrets } from "../../istio";
import type { Change, CheckContext } from "../check";
import { configFaultText, readParameters } from "../config";
import { checksOf, parametersOf } from "../judge";
import { secretTextsOf, type Resource, type Side } from "../resource";
import { entryOf, POLICY_NAMES, type ParametersOf, type PolicyName } from "../table";
import { thingOf, type Thing } from "../thing";
import type { Mapping } from "../values";
import { World } from "../world";
import { sideOf } from "./wire";

type Policy = ResourceValidationPolicy & Partial<StackValidationPolicy>;
interface Described {
    readonly type: string;
    readonly urn: string;
    readonly name: string;
    readonly props: Mapping;
    readonly provider?: { readonly props: Mapping } | undefined;
    readonly parent?: { readonly urn: string } | undefined;
}

/** Things by what was sent, for every policy asks of the same ones. */
const things = new WeakMap<Side, Thing>();
const worlds = new WeakMap<Thing, World>();

const context = (): CheckContext => ({ now: Date.now(), standInImages: [] });

function thingBefore({ type, urn, name, props }: Described): Thing {
    const side = sideOf(props);
    const known = things.get(side);
    if (known) return known;
    const made = thingOf({ type, urn, name, judged: true, inputs: side, outputs: undefined });
    things.set(side, made);
    return made;
}

function worldOf(resources: readonly Described[]): World {
    const all = resources.map(
        ({ type, urn, name, props, provider, parent }): Resource => ({
            type,
            urn,
            name,
            judged: true,
            ...(parent ? { parent: parent.urn } : {}),
            ...(provider ? { cluster: clusterKey(sideOf(provider.props).values) } : {}),
            inputs: undefined,
            outputs: sideOf(props),
        }),
    );
    const first = all[0]?.outputs;
    // One stack is handed to every policy in turn: what was sent for its first resource tells that it is the same.
    const key = first && things.get(first);
    const known = key && worlds.get(key);
    if (known && known.things.length === all.length) return known;
    // Pulumi shows a policy one stack, and none of the stacks that it refers to.
    const world = new World(all, { complete: false });
    const [thing] = world.things;
    if (first && thing) {
        things.set(first, thing);
        worlds.set(thing, world);
    }
    return world;
}

function readOrThrow(name: PolicyName, given: object): ParametersOf<PolicyName> {
    const { parameters, faults } = readParameters(name, given as Mapping);
    if (faults.length > 0) {
        const error = new Error(`The configuration of the policies is wrong. ${faults.map(configFaultText).join(" ")}`);
        // The package prints the stack, which helps nobody with a configuration.
        error.stack = error.message;
        throw error;
    }
    return parametersOf({ level: entryOf(name).enforcementLevel, parameters });
}

/** Puts a change into the properties, through the package's guards, which keep secrets secret. */
function put(properties: Record<string | number, unknown>, { path, value, secret }: Change): void {
    const [key = "", ...rest] = path;
    if (rest.length > 0) {
        properties[key] ??= {};
        put(properties[key] as Record<string | number, unknown>, { path: rest, value, ...(secret ? { secret } : {}) });
    } else if (value === undefined) delete properties[key];
    else properties[key] = secret ? new Secret(value) : value;
}

function remediation(name: PolicyName): ResourceRemediation | undefined {
    const { remedy } = checksOf(name);
    return (
        remedy &&
        ((args) => {
            const changes = remedy(thingBefore(args), readOrThrow(name, args.getConfig()));
            for (const change of changes) put(args.props, change);
            return changes.length > 0 ? args.props : undefined;
        })
    );
}

/** Pulumi's own form of the parameters' schemas. */
function schemaOf(name: PolicyName): Pick<Policy, "configSchema"> {
    const { parameters } = entryOf(name);
    return parameters
        ? { configSchema: { properties: structuredClone(parameters) as NonNullable<Policy["configSchema"]>["properties"] } }
        : {};
}

function policy(name: PolicyName): Policy {
    const { resource, stack } = checksOf(name);
    const { enforcementLevel, severity, description } = entryOf(name);
    const remediateResource = remediation(name);
    return {
        name,
        enforcementLevel,
        severity,
        description,
        ...schemaOf(name),
        ...(resource
            ? {
                  validateResource: (args, report) => {
                      const thing = thingBefore(args);
                      const faults = resource(thing, readOrThrow(name, args.getConfig()), context());
                      const secrets = faults.length > 0 ? secretTextsOf([thing.resource]) : [];
                      for (const { message } of faults) report(withoutSecrets(message, secrets));
                  },
              }
            : {}),
        ...(remediateResource ? { remediateResource } : {}),
        ...(stack
            ? {
                  validateStack: (args, report) => {
                      const world = worldOf(args.resources);
                      const faults = stack(world, readOrThrow(name, args.getConfig()), context());
                      const secrets = faults.length > 0 ? secretTextsOf(world.things.map((thing) => thing.resource)) : [];
                      for (const { thing, message } of faults) report(withoutSecrets(message, secrets), thing.resource.urn);
                  },
              }
            : {}),
    };
}

export const policies: readonly Policy[] = POLICY_NAMES.map(policy);
