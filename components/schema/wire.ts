/**
 * What of arguments travels: data and Outputs of data, which are kept among the component's own inputs. No key, no function,
 * and of a resource what is read of it. What is of the wrong shape is left as it is, for the check to name.
 */
import type { ArgumentField, ObjectArgument } from "./field";

type Travel = (value: unknown) => unknown;
type Plain = Readonly<Record<string, unknown>>;

/** Made once for each schema: most fields travel as they are. */
const travels = new WeakMap<ObjectArgument, Travel>();

const isPlain = (value: unknown): value is Plain => typeof value === "object" && value !== null;

/** Undefined where the value travels as it is. */
function travelOf(field: ArgumentField): Travel | undefined {
    switch (field.type) {
        case "text":
        case "number":
        case "flag":
        case "kubernetes":
            return undefined;
        case "istio":
        case "rich":
            return field.travel as Travel | undefined;
        case "list": {
            const each = travelOf(field.of);
            return each && ((value) => (Array.isArray(value) ? value.map((one) => each(one)) : value));
        }
        case "map": {
            const each = travelOf(field.of);
            return (
                each &&
                ((value) => (isPlain(value) ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, each(one)])) : value))
            );
        }
        case "object":
            return Object.values(field.fields).some((one) => one.apart || travelOf(one)) ? objectTravel(field) : undefined;
        case "union": {
            const { list, object } = field.members;
            const [all, one] = [list && travelOf(list.field), object && travelOf(object.field)];
            if (!all && !one) return undefined;
            return (value) => (Array.isArray(value) ? (all?.(value) ?? value) : isPlain(value) ? (one?.(value) ?? value) : value);
        }
        case "variants":
            return variantsTravel(field.variants);
        default:
            return field satisfies never;
    }
}

const hasApart = ({ fields }: ObjectArgument): boolean => Object.values(fields).some(({ apart, flag }) => apart && flag === undefined);

/** `closed`: nothing travels under a name that is none. */
function objectTravel(object: ObjectArgument, closed = hasApart(object), beside: readonly string[] = []): Travel {
    const { fields } = object;
    const changed = Object.entries(fields).flatMap(([name, field]): [string, ArgumentField, Travel | undefined][] => {
        const travel = travelOf(field);
        return field.apart || travel ? [[name, field, travel]] : [];
    });
    // Beside a key there may be one under a name that is none.
    const known = closed ? [...Object.keys(fields), ...beside] : undefined;
    return (value) => {
        if (!isPlain(value)) return value;
        const wire: Record<string, unknown> = known
            ? Object.fromEntries(known.filter((name) => value[name] !== undefined).map((name) => [name, value[name]]))
            : { ...value };
        for (const [name, { apart, flag }, travel] of changed) {
            const given = value[name];
            if (given === undefined) continue;
            if (apart) delete wire[name];
            else if (travel) wire[name] = travel(given);
            if (apart && flag !== undefined) wire[flag] = true;
        }
        return wire;
    };
}

/** Of a kind that there is not, the kind. Where one of them may have a key, it may be given to another by mistake. */
function variantsTravel(variants: Readonly<Record<string, ObjectArgument>>): Travel {
    const closed = Object.values(variants).some(hasApart);
    const known = new Map(Object.entries(variants).map(([kind, one]) => [kind, objectTravel(one, closed, ["kind"])]));
    return (value) => {
        if (!isPlain(value)) return value;
        const { kind } = value;
        const travel = typeof kind === "string" ? known.get(kind) : undefined;
        return travel ? travel(value) : { kind };
    };
}

/** The arguments of a component as they travel: those that the schema knows, in its order. */
export function wireOf(schema: ObjectArgument, args: object): Plain {
    let travel = travels.get(schema);
    if (!travel) {
        const all = objectTravel(schema);
        const names = Object.keys(schema.fields);
        travel = (value) => all(Object.fromEntries(names.map((name) => [name, (value as Plain)[name]])));
        travels.set(schema, travel);
    }
    return travel(args) as Plain;
}
