export { makeBcrypt } from "./bcrypt";
export { Passwords, type Overload } from "./passwords";
