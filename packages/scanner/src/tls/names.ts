/** A version of the protocol by its number on the wire. */
export const protocolNames: Readonly<Record<number, string>> = {
  2: "SSL 2.0",
  768: "SSL 3.0",
  769: "TLS 1.0",
  770: "TLS 1.1",
  771: "TLS 1.2",
  772: "TLS 1.3",
};

/** What key exchange, encryption and integrity of a suite are worth. */
export type SuiteStrength = "recommended" | "weak" | "broken";

/** A cipher suite of IANA's registry. */
export interface Suite {
  readonly id: number;
  readonly name: string;
  readonly strength: SuiteStrength;
}

/** Exactly the suites of Mozilla's Server Side TLS 6.0, intermediate, for TLS 1.2 (R3), by number. */
const recommended12: readonly (readonly [number, string])[] = [
  [0xc02b, "ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"],
  [0xc02f, "ECDHE_RSA_WITH_AES_128_GCM_SHA256"],
  [0xc02c, "ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"],
  [0xc030, "ECDHE_RSA_WITH_AES_256_GCM_SHA384"],
  [0xcca9, "ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"],
  [0xcca8, "ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"],
];

/** CBC, no forward secrecy, finite-field Diffie-Hellman or a short tag: not recommended any more (RFC 9325, 4.2). */
const weak12: readonly (readonly [number, string])[] = [
  [0xc023, "ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"],
  [0xc024, "ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"],
  [0xc027, "ECDHE_RSA_WITH_AES_128_CBC_SHA256"],
  [0xc028, "ECDHE_RSA_WITH_AES_256_CBC_SHA384"],
  [0xc009, "ECDHE_ECDSA_WITH_AES_128_CBC_SHA"],
  [0xc00a, "ECDHE_ECDSA_WITH_AES_256_CBC_SHA"],
  [0xc013, "ECDHE_RSA_WITH_AES_128_CBC_SHA"],
  [0xc014, "ECDHE_RSA_WITH_AES_256_CBC_SHA"],
  [0xc0ac, "ECDHE_ECDSA_WITH_AES_128_CCM"],
  [0xc0ad, "ECDHE_ECDSA_WITH_AES_256_CCM"],
  [0xc0ae, "ECDHE_ECDSA_WITH_AES_128_CCM_8"],
  [0xc0af, "ECDHE_ECDSA_WITH_AES_256_CCM_8"],
  [0xc05c, "ECDHE_ECDSA_WITH_ARIA_128_GCM_SHA256"],
  [0xc05d, "ECDHE_ECDSA_WITH_ARIA_256_GCM_SHA384"],
  [0xc060, "ECDHE_RSA_WITH_ARIA_128_GCM_SHA256"],
  [0xc061, "ECDHE_RSA_WITH_ARIA_256_GCM_SHA384"],
  [0xc072, "ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256"],
  [0xc073, "ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384"],
  [0xc076, "ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256"],
  [0xc077, "ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384"],
  [0x009e, "DHE_RSA_WITH_AES_128_GCM_SHA256"],
  [0x009f, "DHE_RSA_WITH_AES_256_GCM_SHA384"],
  [0xccaa, "DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"],
  [0xc09e, "DHE_RSA_WITH_AES_128_CCM"],
  [0xc09f, "DHE_RSA_WITH_AES_256_CCM"],
  [0xc0a2, "DHE_RSA_WITH_AES_128_CCM_8"],
  [0xc0a3, "DHE_RSA_WITH_AES_256_CCM_8"],
  [0xc052, "DHE_RSA_WITH_ARIA_128_GCM_SHA256"],
  [0xc053, "DHE_RSA_WITH_ARIA_256_GCM_SHA384"],
  [0x0067, "DHE_RSA_WITH_AES_128_CBC_SHA256"],
  [0x006b, "DHE_RSA_WITH_AES_256_CBC_SHA256"],
  [0x0033, "DHE_RSA_WITH_AES_128_CBC_SHA"],
  [0x0039, "DHE_RSA_WITH_AES_256_CBC_SHA"],
  [0x0045, "DHE_RSA_WITH_CAMELLIA_128_CBC_SHA"],
  [0x0088, "DHE_RSA_WITH_CAMELLIA_256_CBC_SHA"],
  [0x00be, "DHE_RSA_WITH_CAMELLIA_128_CBC_SHA256"],
  [0x00c4, "DHE_RSA_WITH_CAMELLIA_256_CBC_SHA256"],
  [0x009c, "RSA_WITH_AES_128_GCM_SHA256"],
  [0x009d, "RSA_WITH_AES_256_GCM_SHA384"],
  [0xc09c, "RSA_WITH_AES_128_CCM"],
  [0xc09d, "RSA_WITH_AES_256_CCM"],
  [0xc0a0, "RSA_WITH_AES_128_CCM_8"],
  [0xc0a1, "RSA_WITH_AES_256_CCM_8"],
  [0xc050, "RSA_WITH_ARIA_128_GCM_SHA256"],
  [0xc051, "RSA_WITH_ARIA_256_GCM_SHA384"],
  [0x003c, "RSA_WITH_AES_128_CBC_SHA256"],
  [0x003d, "RSA_WITH_AES_256_CBC_SHA256"],
  [0x002f, "RSA_WITH_AES_128_CBC_SHA"],
  [0x0035, "RSA_WITH_AES_256_CBC_SHA"],
  [0x0041, "RSA_WITH_CAMELLIA_128_CBC_SHA"],
  [0x0084, "RSA_WITH_CAMELLIA_256_CBC_SHA"],
  [0x00ba, "RSA_WITH_CAMELLIA_128_CBC_SHA256"],
  [0x00c0, "RSA_WITH_CAMELLIA_256_CBC_SHA256"],
];

/** No encryption, no authentication, or less than 112 bits: must not be offered (RFC 9325, section 4.1). */
const broken12: readonly (readonly [number, string])[] = [
  [0xc008, "ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA"],
  [0xc012, "ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"],
  [0x0016, "DHE_RSA_WITH_3DES_EDE_CBC_SHA"],
  [0x000a, "RSA_WITH_3DES_EDE_CBC_SHA"],
  [0xc007, "ECDHE_ECDSA_WITH_RC4_128_SHA"],
  [0xc011, "ECDHE_RSA_WITH_RC4_128_SHA"],
  [0x0005, "RSA_WITH_RC4_128_SHA"],
  [0x0004, "RSA_WITH_RC4_128_MD5"],
  [0xc006, "ECDHE_ECDSA_WITH_NULL_SHA"],
  [0xc010, "ECDHE_RSA_WITH_NULL_SHA"],
  [0x003b, "RSA_WITH_NULL_SHA256"],
  [0x0002, "RSA_WITH_NULL_SHA"],
  [0x0001, "RSA_WITH_NULL_MD5"],
  [0xc017, "ECDH_anon_WITH_3DES_EDE_CBC_SHA"],
  [0xc018, "ECDH_anon_WITH_AES_128_CBC_SHA"],
  [0xc019, "ECDH_anon_WITH_AES_256_CBC_SHA"],
  [0x00a6, "DH_anon_WITH_AES_128_GCM_SHA256"],
  [0x00a7, "DH_anon_WITH_AES_256_GCM_SHA384"],
  [0x0034, "DH_anon_WITH_AES_128_CBC_SHA"],
  [0x003a, "DH_anon_WITH_AES_256_CBC_SHA"],
  [0x0009, "RSA_WITH_DES_CBC_SHA"],
  [0x0015, "DHE_RSA_WITH_DES_CBC_SHA"],
  [0x0003, "RSA_EXPORT_WITH_RC4_40_MD5"],
  [0x0006, "RSA_EXPORT_WITH_RC2_CBC_40_MD5"],
  [0x0008, "RSA_EXPORT_WITH_DES40_CBC_SHA"],
  [0x0014, "DHE_RSA_EXPORT_WITH_DES40_CBC_SHA"],
  [0x0007, "RSA_WITH_IDEA_CBC_SHA"],
  [0x0096, "RSA_WITH_SEED_CBC_SHA"],
  [0x009a, "DHE_RSA_WITH_SEED_CBC_SHA"],
];

/** Suites of TLS 1.2 and earlier, best first. */
export const suites12: readonly Suite[] = [
  ...recommended12.map(([id, name]): Suite => ({ id, name: `TLS_${name}`, strength: "recommended" })),
  ...weak12.map(([id, name]): Suite => ({ id, name: `TLS_${name}`, strength: "weak" })),
  ...broken12.map(([id, name]): Suite => ({ id, name: `TLS_${name}`, strength: "broken" })),
];

/** Suites of TLS 1.3. */
export const suites13: readonly Suite[] = [
  { id: 0x1301, name: "TLS_AES_128_GCM_SHA256", strength: "recommended" },
  { id: 0x1302, name: "TLS_AES_256_GCM_SHA384", strength: "recommended" },
  { id: 0x1303, name: "TLS_CHACHA20_POLY1305_SHA256", strength: "recommended" },
  { id: 0x1304, name: "TLS_AES_128_CCM_SHA256", strength: "weak" },
  { id: 0x1305, name: "TLS_AES_128_CCM_8_SHA256", strength: "weak" },
];

/** A key-exchange group by its number; `recommended` are those of Mozilla's guidelines 6.0 and hybrid ones (R3, R4). */
export interface Group {
  readonly id: number;
  readonly name: string;
  readonly kind: "hybrid" | "recommended" | "other" | "weak";
}

export const groups: readonly Group[] = [
  { id: 0x11ec, name: "X25519MLKEM768", kind: "hybrid" },
  { id: 0x11eb, name: "SecP256r1MLKEM768", kind: "hybrid" },
  { id: 0x11ed, name: "SecP384r1MLKEM1024", kind: "hybrid" },
  { id: 29, name: "X25519", kind: "recommended" },
  { id: 23, name: "secp256r1", kind: "recommended" },
  { id: 24, name: "secp384r1", kind: "recommended" },
  { id: 25, name: "secp521r1", kind: "other" },
  { id: 30, name: "X448", kind: "other" },
  { id: 256, name: "ffdhe2048", kind: "other" },
  { id: 257, name: "ffdhe3072", kind: "other" },
  { id: 258, name: "ffdhe4096", kind: "other" },
  { id: 22, name: "secp256k1", kind: "weak" },
  { id: 21, name: "secp224r1", kind: "weak" },
  { id: 19, name: "secp192r1", kind: "weak" },
];
