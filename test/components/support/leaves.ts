/** Arguments of a component with one value in them exchanged: every value that there is, one after the other. */

/** What is data of the program's own: resources, Outputs and functions are taken as they are. */
function isPlain(value: unknown): value is Record<string, unknown> | unknown[] {
    return Array.isArray(value) || (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype);
}

export interface Variant<T> {
    /** `http[0].match[0].uri.exact`. */
    readonly path: string;
    readonly args: T;
}

/** One variant for each leaf, and one for each list and mapping below the arguments themselves. */
export function variants<T extends object>(args: T, exchange: (value: unknown) => unknown): Variant<T>[] {
    const found: Variant<T>[] = [];
    const walk = (value: unknown, path: string, put: (changed: unknown) => T): void => {
        if (path !== "") found.push({ path, args: put(exchange(value)) });
        if (Array.isArray(value))
            value.forEach((item: unknown, index) => walk(item, `${path}[${index}]`, (changed) => put(value.with(index, changed))));
        else if (isPlain(value))
            for (const [key, item] of Object.entries(value))
                walk(item, path === "" ? key : `${path}.${key}`, (changed) => put({ ...value, [key]: changed }));
    };
    walk(args, "", (changed) => changed as T);
    return found;
}
