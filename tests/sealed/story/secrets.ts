/** What nobody between client and gateway may learn: names and texts of the story. */
export const secrets = {
  lobbyName: "canaryLobby",
  vaultName: "canaryVault",
  commandName: "canaryCommand",
  room: "canary-room-tea",
  user: "canary-user-alice",
  otherUser: "canary-user-bob",
  device: "canary-device-phone",
  lobbyText: 'canary "lobby" – pāyload',
  vaultText: 'canary "vault" – pāyload',
  missedText: "canary/missed/påyload",
  title: "canary-title & more",
  answer: "canary-answer = yes",
  notification: "canary-notification 漢字",
} as const;
