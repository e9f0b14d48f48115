"""The simulator's English."""

from server.simulator.phrases import Phrases

ENGLISH = Phrases(
    openings=(
        (
            "The short answer on **{topic}**: it is simpler than it looks once {a} and {b} are kept"
            " apart."
        ),
        (
            "Let us take **{topic}** step by step, beginning with {a}, because the rest follows"
            " from it."
        ),
        (
            "There are two honest ways to look at **{topic}**: from the side of {a}, and from the"
            " side of {b}. Both are worth a minute."
        ),
        (
            "Good question. Most of what matters about **{topic}** fits on one page, and {a} is"
            " where that page begins."
        ),
        "**{topic}** is best understood by example, so here is the idea first, then the detail.",
    ),
    follow_up="You asked about *{earlier}* before; this continues from there.",
    paragraphs=(
        (
            "Start with {a}. Until it is clear what role it plays, every further detail looks more"
            " important than it is, and time goes into the wrong place."
        ),
        (
            "In practice {b} decides how much effort this takes. When it is known from the start,"
            " the remaining choices are small and can be changed later without regret."
        ),
        (
            "A common mistake is to treat {a} and {c} as one thing. They answer to different needs,"
            " and separating them makes both easier to check."
        ),
        (
            "It helps to write down what would prove you wrong. If {b} behaves differently from"
            " what you expected, that is information, not a nuisance."
        ),
        (
            "The trade-off is the usual one: the simple version of {topic} covers most cases, and"
            " the careful version costs more attention than people first think."
        ),
        (
            "Measure before improving. A figure for {c}, even a rough one, settles arguments that"
            " opinions about {a} never will."
        ),
        (
            "None of this needs special equipment. A quiet hour, a notebook and one real case of"
            " {b} are enough to see whether the explanation holds."
        ),
        (
            "When others are involved, agree first on what {a} means to each of them. Half of the"
            " disagreements about {topic} turn out to be about words."
        ),
        (
            "Once the first version works, leave it alone for a day. Problems with {c} show"
            " themselves more clearly to someone who has slept."
        ),
    ),
    headings=(
        "What it rests on",
        "How to go about it",
        "What to watch for",
        "A closer look at {a}",
        "The role of {b}",
        "In everyday use",
        "Where {c} comes in",
    ),
    list_intros=(
        "The points that matter most:",
        "A workable order:",
        "Before going further, check these:",
    ),
    items=(
        "**Name the goal.** Say in one sentence what {topic} should give you.",
        "**Look at {a} first.** It limits everything else.",
        "**Keep {b} small.** Small things can be replaced.",
        "**Write down what you find.** You will need it when {c} changes.",
        "**Ask someone who has done it.** Ten minutes save a day.",
        "**Test one thing at a time.** Otherwise nobody knows what helped.",
        "**Leave a way back.** An exit makes it easier to begin.",
        "**Stop when it is good enough.** The last part of {topic} rarely pays.",
    ),
    table_intro="Side by side:",
    table_head=("Aspect", "What it changes", "Effort"),
    table_rows=(
        ("{a}", "the direction of everything after it", "low"),
        ("{b}", "how reliable the result is", "medium"),
        ("{c}", "how it feels day to day", "medium"),
        ("Preparation", "the number of surprises", "low"),
        ("Review", "whether mistakes stay small", "high"),
    ),
    code_intro="The same idea as a few lines of code:",
    code_comment="A sketch about {topic}, by the simulator",
    closing="*This answer was made by the simulator. No real Claude was called, and nothing was"
    " spent.*",
    thoughts=(
        "The question is about {topic}.",
        "What matters most seems to be {a}, and then how {b} relates to it.",
        "I should say what is certain, mark what is not, and give one concrete example with {c}.",
        (
            "A short structure will help: the idea first, then a list or a table, then what to"
            " watch for."
        ),
    ),
    tool_calling="I will use `{tool}` for that.",
    tool_answered="The tool `{tool}` answered:",
    tool_failed="The tool `{tool}` reported an error:",
    tool_empty="(nothing)",
    greeting="Hello! I am the **simulator**: I stand in for Claude where no key is configured.\n\n"
    "Ask me anything and you will get a believable answer about your own words, in Markdown, at"
    " the speed of a real one. What I say is made up of prepared sentences: it shows how the"
    " application behaves, it does not inform.\n\n"
    "You can also ask me to misbehave:\n\n"
    "- `!sim long words=2000` gives a long answer\n"
    "- `!sim 529` is overloaded\n"
    "- `!sim cut after=20` breaks off in the middle\n"
    "- `!sim slow first=5` takes its time\n"
    "- `!sim refusal` declines\n"
    "- `!sim thinking` thinks aloud first",
    no_topic="the simulator",
    no_words=("the principle", "the practice", "the limits"),
)
