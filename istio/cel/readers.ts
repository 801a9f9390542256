/** What operators make of what is read: functions over what an expression is asked of, put together once. */
import { minusOf } from "./operators";
import { isList, isMap, numberOf, WrittenMap, type CelResult, type CelValue } from "./values";

export type CelReader<Subject> = (subject: Subject) => CelResult;

export function not<Subject>(inner: CelReader<Subject>): CelReader<Subject> {
    return (subject) => {
        const value = inner(subject);
        return typeof value === "boolean" ? !value : undefined;
    };
}

export function minus<Subject>(inner: CelReader<Subject>): CelReader<Subject> {
    return (subject) => {
        const value = inner(subject);
        return value === undefined ? undefined : minusOf(value);
    };
}

/** `||` when `decides` is true, `&&` when it is false: one side decides though the other fails. */
export function either<Subject>(left: CelReader<Subject>, right: CelReader<Subject>, decides: boolean): CelReader<Subject> {
    return (subject) => {
        const a = left(subject);
        if (a === decides) return decides;
        const b = right(subject);
        if (b === decides) return decides;
        return a === !decides && b === !decides ? !decides : undefined;
    };
}

export function choice<Subject>(test: CelReader<Subject>, yes: CelReader<Subject>, no: CelReader<Subject>): CelReader<Subject> {
    return (subject) => {
        const value = test(subject);
        return value === true ? yes(subject) : value === false ? no(subject) : undefined;
    };
}

export function list<Subject>(items: readonly CelReader<Subject>[]): CelReader<Subject> {
    return (subject) => {
        const values: CelValue[] = [];
        for (const item of items) {
            const value = item(subject);
            if (value === undefined) return undefined;
            values.push(value);
        }
        return values;
    };
}

export function written<Subject>(entries: readonly (readonly [CelReader<Subject>, CelReader<Subject>])[]): CelReader<Subject> {
    return (subject) => {
        const map = new WrittenMap();
        for (const [key, value] of entries) {
            const [k, v] = [key(subject), value(subject)];
            if (k === undefined || v === undefined || !map.add(k, v)) return undefined;
        }
        return map;
    };
}

export function fieldOf<Subject>(inner: CelReader<Subject>, field: string): CelReader<Subject> {
    return (subject) => {
        const value = inner(subject);
        return isMap(value) ? value.get(field) : undefined;
    };
}

export function indexOf<Subject>(inner: CelReader<Subject>, at: CelReader<Subject>): CelReader<Subject> {
    return (subject) => {
        const [value, key] = [inner(subject), at(subject)];
        if (value === undefined || key === undefined) return undefined;
        if (isMap(value)) return value.get(key);
        const place = numberOf(key);
        return isList(value) && place !== undefined && Number.isInteger(place) ? value[place] : undefined;
    };
}
