/** The package ships types for its main entry only; the ES module entry, which Node needs, has the same ones. */
declare module "wgsl_reflect/wgsl_reflect.module.js" {
  export * from "wgsl_reflect";
}
