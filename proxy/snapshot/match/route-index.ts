/**
 * The first route of many that a request meets, without asking each: those that want an exact path, or one that begins with a
 * text, are found by the path itself, and all others are asked in their order. Which route is first decides, as in Envoy; an
 * index only leaves out those whose path is another.
 * Hot path: no allocation.
 */
import { PATH_EXACT, PATH_REGEX } from "./path-match";
import { matchesRoute, type RouteMatch } from "./route-match";
import type { RoutedRequest } from "./routed-request";

/** Fewer are asked one after the other in no more time. */
const MANY = 16;

interface Matched {
    readonly match: RouteMatch | undefined;
}

/** A piece of the texts that paths begin with; what follows it hangs on the character after it. */
interface Branch {
    text: string;
    /** Routes that want a path to begin so, in their order. */
    readonly prefixes: number[];
    /** Those that want it to be no more than that. */
    readonly exact: number[];
    next: Map<number, Branch> | undefined;
}

export class RouteIndex<R extends Matched> {
    readonly #routes: readonly R[];
    readonly #root: Branch | undefined;
    /** Numbers of the routes that the tree does not have. */
    readonly #others: number[] | undefined;

    constructor(routes: readonly R[]) {
        this.#routes = routes;
        if (routes.length < MANY) return;
        this.#root = branch("");
        this.#others = [];
        for (const [at, { match }] of routes.entries()) {
            const path = match?.path;
            // Of a value with escapes or in any case the path is another text than it is.
            if (path === undefined || path.kind === PATH_REGEX || path.ignoreCase || path.escapes) this.#others.push(at);
            else {
                const end = grown(this.#root, path.value);
                (path.kind === PATH_EXACT ? end.exact : end.prefixes).push(at);
            }
        }
    }

    find(request: RoutedRequest): R | undefined {
        const routes = this.#routes;
        const others = this.#others;
        if (others === undefined) {
            for (let at = 0; at < routes.length; at++) {
                const route = routes[at]!;
                if (matchesRoute(route.match, request)) return route;
            }
            return undefined;
        }
        const { pathname } = request;
        let best = routes.length;
        let from = 0;
        for (let at: Branch | undefined = this.#root; at !== undefined && pathname.startsWith(at.text, from); ) {
            from += at.text.length;
            best = this.#first(at.prefixes, best, request);
            if (from === pathname.length) {
                best = this.#first(at.exact, best, request);
                break;
            }
            at = at.next?.get(pathname.charCodeAt(from));
        }
        return routes[this.#first(others, best, request)];
    }

    /** The first of these that the request meets, where it comes before `best`. */
    #first(numbers: readonly number[], best: number, request: RoutedRequest): number {
        for (let at = 0; at < numbers.length; at++) {
            const number = numbers[at]!;
            if (number >= best) break;
            if (matchesRoute(this.#routes[number]!.match, request)) return number;
        }
        return best;
    }
}

function branch(text: string): Branch {
    return { text, prefixes: [], exact: [], next: undefined };
}

/** The branch at which a text ends, made where there is none. */
function grown(root: Branch, value: string): Branch {
    let at = root;
    for (let from = 0; ; ) {
        if (from === value.length) return at;
        at.next ??= new Map();
        const first = value.charCodeAt(from);
        const next = at.next.get(first);
        if (next === undefined) {
            const leaf = branch(value.slice(from));
            at.next.set(first, leaf);
            return leaf;
        }
        const shared = sharedLength(next.text, value, from);
        at = shared === next.text.length ? next : split(at.next, first, next, shared);
        from += shared;
    }
}

/** A branch with the first part of the text of another, which hangs on it from then on. */
function split(siblings: Map<number, Branch>, first: number, lower: Branch, length: number): Branch {
    const upper = branch(lower.text.slice(0, length));
    lower.text = lower.text.slice(length);
    upper.next = new Map([[lower.text.charCodeAt(0), lower]]);
    siblings.set(first, upper);
    return upper;
}

function sharedLength(text: string, value: string, from: number): number {
    let length = 0;
    while (length < text.length && from + length < value.length && text.charCodeAt(length) === value.charCodeAt(from + length)) length++;
    return length;
}
