/** A few people of a house with a garden, and what they wrote in the last days. Written for this. */
export const people = {
  mira: { name: "Mira Lindqvist", avatar: "🪴" },
  tom: { name: "Tom Okafor", avatar: "" },
  ines: { name: "Ines Duarte", avatar: "" },
  yusuf: { name: "Yusuf Demir", avatar: "🎸" },
  hana: { name: "Hana Sato", avatar: "" },
} as const;

export type Person = keyof typeof people;

/** The one password of the demonstration, shown on the page. */
export const password = "come-on-in";

/** Whoever tries the demonstration is offered these. */
export const offeredPeople: readonly Person[] = ["mira", "tom", "ines"];

export interface Chapter {
  readonly kind: "public" | "private" | "direct";
  /** `general` is there already. */
  readonly name: string;
  readonly topic: string;
  /** The first one owns it. */
  readonly members: readonly Person[];
  /** Hours before now, who, what, and what became of it; in their order. */
  readonly lines: readonly Line[];
}

export type Line = readonly [hoursAgo: number, by: Person, text: string, more?: More];

export interface More {
  /** What it is called by those that answer it. */
  readonly as?: string;
  /** The message that it answers. */
  readonly answers?: string;
  /** The message in whose thread it is. */
  readonly thread?: string;
  /** What it said at first. */
  readonly first?: string;
  readonly reactions?: Readonly<Record<string, readonly Person[]>>;
  readonly pinnedBy?: Person;
}

export const chapters: readonly Chapter[] = [
  {
    kind: "public",
    name: "general",
    topic: "",
    members: ["mira", "tom", "ines", "yusuf", "hana"],
    lines: [
      [
        50,
        "mira",
        "Welcome, everybody. This is the room for the whole house. Be kind, and wash your cup.",
        { reactions: { "❤️": ["ines", "hana"], "☕": ["tom", "yusuf", "hana"] }, pinnedBy: "mira" },
      ],
      [49.8, "tom", "Moved in. The boxes have not."],
      [49.7, "yusuf", "If a guitar turns up in the wrong van, it is mine."],
      [
        49.6,
        "hana",
        "There is one leaning in the hall, wearing a hat.",
        { as: "hat", reactions: { "😂": ["mira", "ines", "tom"] } },
      ],
      [49.55, "yusuf", "That is the one.", { answers: "hat" }],
      [
        26,
        "ines",
        "The heating on the second floor knocks like a polite ghost. Anybody else?",
        { as: "ghost" },
      ],
      [25.95, "hana", "Third floor too. Mine is less polite.", { thread: "ghost" }],
      [
        25.9,
        "tom",
        "Air in the pipes. There is a small key on the hook by the boiler, a quarter turn until it hisses, then back.",
      ],
      [
        25.4,
        "ines",
        "It hissed. It is quiet. You are a wizard.",
        { as: "wizard", reactions: { "🎉": ["tom", "mira"] } },
      ],
      [25.3, "tom", "I own a key.", { answers: "wizard" }],
      [25.2, "hana", "Quiet here as well, thank you both.", { thread: "ghost" }],
      [
        3,
        "mira",
        "House meeting on **Thursday at seven**, in the kitchen. There will be soup.",
        {
          as: "meeting",
          first: "House meeting on **Wednesday at seven**, in the kitchen. There will be soup.",
          reactions: { "👍": ["tom", "ines", "hana", "yusuf"], "🍲": ["yusuf"] },
        },
      ],
      [2.9, "hana", "I can bring bread.", { thread: "meeting" }],
      [
        2.8,
        "yusuf",
        "I can bring an appetite.",
        { thread: "meeting", reactions: { "😂": ["mira"] } },
      ],
      [2.6, "tom", "I bring the big pot and the small key.", { thread: "meeting" }],
      [2.5, "hana", "Seven suits me. @mira is there room for one more chair?"],
      [0.4, "ines", "Who has the key for the back room on Thursday?"],
      [0.3, "mira", "I do. I can be there from six."],
    ],
  },
  {
    kind: "public",
    name: "garden",
    topic: "What grows, what is eaten by slugs, and whose turn it is to water",
    members: ["mira", "hana", "tom"],
    lines: [
      [44, "mira", "The pear tree is wrapped. The roses are not, and they look at me."],
      [43, "hana", "I have straw left from the strawberries, two bags, in the shed."],
      [42.8, "mira", "Bless you."],
      [
        20,
        "tom",
        "Found the tap. It was behind the compost, of course. Watering is now possible without a procession.",
      ],
      [19.5, "hana", "Turns for the week:\nMon Tom\nTue Mira\nWed me\nThu nobody, it will rain"],
      [19.4, "tom", "Bold."],
      [1.5, "hana", "It rained."],
    ],
  },
  {
    kind: "public",
    name: "reading",
    topic: "One book a month, no homework",
    members: ["ines", "yusuf", "hana"],
    lines: [
      [46, "ines", "For December I propose something short. We all remember the whale."],
      [45, "yusuf", "I finished the whale. I want that on record."],
      [44.9, "hana", "You skipped the chapters about rope."],
      [44.8, "yusuf", "I finished the *whale*."],
      [
        22,
        "ines",
        "Two short ones to choose from, first pages at https://example.org/december-reading",
      ],
      [21, "hana", "The second. I read one page and missed my stop."],
    ],
  },
  {
    kind: "private",
    name: "House accounts",
    topic: "Bills and the tin",
    members: ["mira", "tom"],
    lines: [
      [30, "mira", "Electricity came: 214.60 for the quarter, 18 less than last year."],
      [29, "tom", "The new lamps. I take the credit, and the tin takes the 18."],
    ],
  },
  {
    kind: "direct",
    name: "",
    topic: "",
    members: ["mira", "ines"],
    lines: [
      [5, "ines", "Is it a surprise for Hana on Thursday, or did I dream that?"],
      [4.9, "mira", "It is, and you did not. Cake at eight. Say nothing in general!"],
    ],
  },
];
