/** What Pulumi makes of a project's and a stack's configuration: each was asked of the real one, and is again where it is there. */

/** A key's declaration in Pulumi.yaml and its value in the stack's file, each as YAML, and the text that the program gets. */
export const TAKEN: readonly (readonly [declared: string, stack: string, value: string])[] = [
    ["1", "", "1"], ["true", "", "true"], ["text", "", "text"], ["[1, 2]", "", "[1,2]"], ["010", "", "8"], ["1_000", "", "1000"], ["yes", "", "yes"], ["[010, 1.10]", "", "[8,1.1]"],
    ["{type: integer, default: 3}", "", "3"], ["{type: boolean, default: 'true'}", "", "true"], ["{type: array, items: {type: string}, default: [x, y]}", "", "[\"x\",\"y\"]"],
    ["{type: string, value: x}", "", "x"], ["{value: x}", "", "x"], ["{default: x}", "", "x"], ["{type: object, default: {x: 1}}", "", "{\"x\":1}"], ["{type: integer, default: 2.0}", "", "2"],
    ["{type: integer}", "5", "5"], ["{type: integer}", "'5'", "5"], ["{type: integer}", "'+5'", "+5"], ["{type: integer}", "5.0", "5"], ["{type: integer}", "0x10", "16"], ["{type: integer}", "1_000", "1000"],
    ["{type: boolean}", "true", "true"], ["{type: string}", "5", "5"], ["{type: array, items: {type: integer}}", "[5, '6']", "[5,\"6\"]"],
    ["{type: array, items: {type: array, items: {type: string}}}", "[[x], [y]]", "[[\"x\"],[\"y\"]]"], ["{type: string, default: x}", "null", ""], ["{type: string, default: x}", "y", "y"],
    ["", "010", "8"], ["", "0o10", "8"], ["", "0b11", "3"], ["", "yes", "yes"], ["", "y", "y"], ["", "off", "off"], ["", "null", ""], ["", "1.10", "1.1"], ["", "1e3", "1000"], ["", "1000000.0", "1000000"],
    ["", "2020-01-01", "2020-01-01 00:00:00 +0000 UTC"], ["", "12345678901234567890", "12345678901234567890"], ["", "9007199254740993", "9007199254740993"], ["", "-0x10", "-16"], ["", "0777", "511"],
    ["", "09", "9"], ["", "1:30", "1:30"], ["", "True", "true"], ["", "1e20", "100000000000000000000"], ["", "1e-7", "1e-7"], ["", "1e21", "1e+21"], ["", "!!binary aGVsbG8=", "hello"],
    ["", "[010, 0b11, 1_000, yes, 1.10, 1e3, 2020-01-01, null, True]", "[8,3,1000,\"yes\",1.1,1000,\"2020-01-01 00:00:00 +0000 UTC\",null,true]"],
];

/** What stands in Pulumi.yaml below name and runtime, and in the stack's file: Pulumi begins no program. */
export const REFUSED: readonly (readonly [project: string, stack: string])[] = [
    ["config:\n  a: 1.5\n", ""], ["config:\n  a: null\n", ""], ["config:\n  a: {x: 1}\n", ""], ["config: [a]\n", ""], ["config:\n  a:b:c: 1\n", ""],
    ["config:\n  a: {description: x}\n", ""], ["config:\n  a: {type: string, default: null}\n", ""], ["config:\n  a: {type: string, value: x, default: y}\n", ""],
    ["config:\n  a: {type: array, default: [x]}\n", ""], ["config:\n  a: {type: array, items: {type: string}, default: x}\n", ""], ["config:\n  a: {type: integer, default: 1.5}\n", ""],
    ["config:\n  a: {type: string, default: 5}\n", ""], ["config:\n  a: {type: boolean, default: yes}\n", ""], ["config:\n  a: {type: number, default: 5}\n", ""], ["config:\n  a: {type: integer, value: x}\n", ""],
    ["config:\n  aws:region: {type: string}\n", ""], ["config:\n  aws:region: {default: us}\n", ""],
    ["config:\n  a: {type: string, secret: true, default: x}\n", ""], ["config:\n  a: {type: string, secret: true}\n", "config:\n  p:a: clear\n"],
    ["config:\n  a: {type: integer}\n", "config:\n  p:a: x\n"], ["config:\n  a: {type: integer}\n", "config:\n  p:a: '99999999999999999999'\n"], ["config:\n  a: {type: boolean}\n", "config:\n  p:a: 'True'\n"],
    ["config:\n  a: {type: string}\n", "config:\n  p:a: [5]\n"], ["config:\n  a: {type: array, items: {type: string}}\n", "config:\n  p:a: [x, 5]\n"],
    ["config: x\nstackConfigDir: y\n", ""], ["options: {refresh: sometimes}\n", ""], ["options: {foo: always}\n", ""], ["backend: {foo: x}\n", ""], ["main: 5\n", ""], ["description: 5\n", ""],
];

/** `runtime:` of a project whose program Pulumi does not begin. */
export const REFUSED_RUNTIMES: readonly string[] = [
    "{name: nodejs, foo: 1}", "{name: nodejs, options: {typescript: 'false'}}", "{name: nodejs, options: {nodeargs: [a]}}", "{name: nodejs, options: {nodeargs: 12345678901234567890}}", "12345678901234567890", "{name: nodejs, options: {tsconfig: 5}}", "{name: nodejs, options: {packagemanager: deno}}",
];
