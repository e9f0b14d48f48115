from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS "audit" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "user_id" CHAR(36),
    "event" VARCHAR(40) NOT NULL,
    "facts" JSON NOT NULL
) /* Who did what with money, and why; only ever added. `user_id` is null for the server. */;
        CREATE TABLE IF NOT EXISTS "balance" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "purse" VARCHAR(12) NOT NULL,
    "scope" VARCHAR(12) NOT NULL,
    "scope_id" VARCHAR(36) NOT NULL,
    "period" VARCHAR(8) NOT NULL,
    "start" INT NOT NULL,
    "spent_nano_eur" BIGINT NOT NULL,
    "held_nano_eur" BIGINT NOT NULL,
    "extra_nano_eur" BIGINT NOT NULL,
    CONSTRAINT "uid_balance_purse_f40dd3" UNIQUE ("purse", "scope", "scope_id", "period", "start")
) /* What a scope has spent and holds in a period; checked against the entries. */;
        CREATE TABLE IF NOT EXISTS "ledger_entry" (
    "seq" BIGINT NOT NULL PRIMARY KEY,
    "kind" VARCHAR(12) NOT NULL,
    "closes" BIGINT UNIQUE,
    "corrects" BIGINT,
    "purse" VARCHAR(12) NOT NULL,
    "user_id" CHAR(36) NOT NULL,
    "turn_id" CHAR(36),
    "conversation_id" CHAR(36),
    "model" VARCHAR(100) NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "day" INT NOT NULL,
    "week" INT NOT NULL,
    "month" INT NOT NULL,
    "amount_nano_eur" BIGINT NOT NULL,
    "cost_pico_usd" BIGINT NOT NULL,
    "usd_per_eur_micro" BIGINT NOT NULL,
    "input_tokens" BIGINT NOT NULL,
    "output_tokens" BIGINT NOT NULL,
    "cache_read_tokens" BIGINT NOT NULL,
    "cache_write_tokens" BIGINT NOT NULL,
    "web_searches" INT NOT NULL,
    "cache_saved_nano_eur" BIGINT NOT NULL,
    "estimated" INT NOT NULL,
    "reason" VARCHAR(40) NOT NULL,
    "chain" VARCHAR(32) NOT NULL
) /* One line of the ledger: only ever added, numbered without a gap, chained to the line before. */;
CREATE INDEX IF NOT EXISTS "ledger_period" ON "ledger_entry" ("purse", "month", "day");
CREATE INDEX IF NOT EXISTS "ledger_user_period" ON "ledger_entry" ("purse", "user_id", "month", "day");
CREATE INDEX IF NOT EXISTS "ledger_at" ON "ledger_entry" ("at");
CREATE INDEX IF NOT EXISTS "ledger_corrects" ON "ledger_entry" ("corrects");
CREATE INDEX IF NOT EXISTS "ledger_turn" ON "ledger_entry" ("turn_id");
        CREATE TABLE IF NOT EXISTS "ledger_state" (
    "id" INT NOT NULL PRIMARY KEY,
    "last_seq" BIGINT NOT NULL,
    "last_at" TIMESTAMP,
    "chain" VARCHAR(32) NOT NULL,
    "tripped" VARCHAR(12) NOT NULL,
    "trip_reason" VARCHAR(500) NOT NULL,
    "tripped_at" TIMESTAMP,
    "tripped_by" CHAR(36)
) /* The one row (id 1) that says where the ledger stands and whether calls are stopped. */;
        CREATE TABLE IF NOT EXISTS "pending_hold" (
    "seq" BIGINT NOT NULL PRIMARY KEY,
    "purse" VARCHAR(12) NOT NULL,
    "user_id" CHAR(36) NOT NULL,
    "turn_id" CHAR(36) NOT NULL,
    "conversation_id" CHAR(36) NOT NULL,
    "model" VARCHAR(100) NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "day" INT NOT NULL,
    "week" INT NOT NULL,
    "month" INT NOT NULL,
    "amount_nano_eur" BIGINT NOT NULL,
    "usd_per_eur_micro" BIGINT NOT NULL,
    "request" JSON NOT NULL,
    "owner" VARCHAR(64) NOT NULL,
    "lease_until" TIMESTAMP NOT NULL
) /* A hold that is neither posted nor voided yet: the working set beside the ledger. */;
CREATE INDEX IF NOT EXISTS "pending_hold_turn" ON "pending_hold" ("turn_id");
        CREATE TABLE IF NOT EXISTS "price" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "model" VARCHAR(100) NOT NULL,
    "price" JSON NOT NULL,
    "source" VARCHAR(200) NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "set_by" CHAR(36) NOT NULL
) /* A price an administrator set: `price` as an entry of prices.yaml; from `at` on it counts. */;
CREATE INDEX IF NOT EXISTS "price_model" ON "price" ("model", "at");
        CREATE TABLE IF NOT EXISTS "provider_usage" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "day" INT NOT NULL,
    "model" VARCHAR(100) NOT NULL,
    "input_tokens" BIGINT NOT NULL,
    "output_tokens" BIGINT NOT NULL,
    "cache_read_tokens" BIGINT NOT NULL,
    "cache_write_tokens" BIGINT NOT NULL,
    "web_searches" INT NOT NULL,
    "cost_pico_usd" BIGINT NOT NULL,
    "fetched_at" TIMESTAMP NOT NULL,
    CONSTRAINT "uid_provider_us_day_7e7b32" UNIQUE ("day", "model")
) /* What the provider's report says of a model on one of its own days (UTC). */;
        CREATE TABLE IF NOT EXISTS "exchange_rate" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "date" INT NOT NULL,
    "usd_per_eur_micro" BIGINT NOT NULL,
    "source" VARCHAR(200) NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "set_by" CHAR(36)
) /* Millionths of a US dollar for one euro, as an administrator set them; counts from `at` on. */;
        CREATE TABLE IF NOT EXISTS "spending_limit" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "scope" VARCHAR(12) NOT NULL,
    "scope_id" VARCHAR(36) NOT NULL,
    "daily_nano_eur" BIGINT,
    "weekly_nano_eur" BIGINT,
    "monthly_nano_eur" BIGINT,
    "total_nano_eur" BIGINT,
    "own_daily_nano_eur" BIGINT,
    "own_monthly_nano_eur" BIGINT,
    "armed" INT NOT NULL,
    "alert_70" INT NOT NULL,
    "alert_90" INT NOT NULL,
    "alert_mail" INT NOT NULL,
    "revision" INT NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    "updated_by" CHAR(36),
    CONSTRAINT "uid_spending_li_scope_9c1252" UNIQUE ("scope", "scope_id")
) /* What a scope may spend; null is no limit of its own. `own_…` are a person's lower ones. */;
        CREATE TABLE IF NOT EXISTS "usage_day" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "purse" VARCHAR(12) NOT NULL,
    "day" INT NOT NULL,
    "user_id" CHAR(36) NOT NULL,
    "model" VARCHAR(100) NOT NULL,
    "requests" INT NOT NULL,
    "input_tokens" BIGINT NOT NULL,
    "output_tokens" BIGINT NOT NULL,
    "cache_read_tokens" BIGINT NOT NULL,
    "cache_write_tokens" BIGINT NOT NULL,
    "web_searches" INT NOT NULL,
    "cost_nano_eur" BIGINT NOT NULL,
    "estimated_nano_eur" BIGINT NOT NULL,
    "cache_saved_nano_eur" BIGINT NOT NULL,
    CONSTRAINT "uid_usage_day_purse_4359d1" UNIQUE ("purse", "day", "user_id", "model")
) /* What a person used of a model on a day: the posts and corrections, added up. */;
        CREATE TABLE IF NOT EXISTS "alert" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "channel" VARCHAR(8) NOT NULL,
    "kind" VARCHAR(24) NOT NULL,
    "key" VARCHAR(200) NOT NULL,
    "facts" JSON NOT NULL,
    "state" VARCHAR(8) NOT NULL,
    "attempts" INT NOT NULL,
    "error" VARCHAR(300) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "next_at" TIMESTAMP NOT NULL,
    "ended_at" TIMESTAMP,
    "user_id" CHAR(36) NOT NULL REFERENCES "user" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_alert_user_id_5dc9d6" UNIQUE ("user_id", "channel", "key")
) /* Something to tell one person over one channel, once. */;
CREATE INDEX IF NOT EXISTS "alert_due" ON "alert" ("channel", "state", "next_at");
        CREATE TABLE IF NOT EXISTS "budget_ask" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "purse" VARCHAR(12) NOT NULL,
    "period" VARCHAR(8) NOT NULL,
    "start" INT NOT NULL,
    "amount_nano_eur" BIGINT NOT NULL,
    "note" VARCHAR(200) NOT NULL,
    "state" VARCHAR(10) NOT NULL,
    "granted_nano_eur" BIGINT,
    "created_at" TIMESTAMP NOT NULL,
    "answered_at" TIMESTAMP,
    "answered_by" CHAR(36),
    "user_id" CHAR(36) NOT NULL REFERENCES "user" ("id") ON DELETE CASCADE
) /* A person asks for more in a period. `state` is "open", "granted" or "declined". */;
CREATE INDEX IF NOT EXISTS "budget_ask_state" ON "budget_ask" ("state", "created_at");
        ALTER TABLE "user" ADD "email" VARCHAR(254);
        ALTER TABLE "conversation" ADD "cost_nano_eur" BIGINT NOT NULL DEFAULT 0;"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        ALTER TABLE "user" DROP COLUMN "email";
        ALTER TABLE "conversation" DROP COLUMN "cost_nano_eur";
        DROP TABLE IF EXISTS "exchange_rate";
        DROP TABLE IF EXISTS "provider_usage";
        DROP TABLE IF EXISTS "spending_limit";
        DROP TABLE IF EXISTS "audit";
        DROP TABLE IF EXISTS "price";
        DROP TABLE IF EXISTS "usage_day";
        DROP TABLE IF EXISTS "pending_hold";
        DROP TABLE IF EXISTS "balance";
        DROP TABLE IF EXISTS "alert";
        DROP TABLE IF EXISTS "ledger_state";
        DROP TABLE IF EXISTS "ledger_entry";
        DROP TABLE IF EXISTS "budget_ask";"""


MODELS_STATE = (
    "eJztXWtz2zbW/isYfak9o3ria9r6nXfGTtOtd5ukkzjb3a07FCTCElcUoRKgVU22/33PAS"
    "/iVSJpUqa4+JJYJA5APgcEzh1fBhObeiYzXCqWJ5+YEBZ3PvLV4DvyZeDQBYM/ipoMyYAu"
    "l6kGeFXSsa0Ihd9YtRwL6dKJhMuP1BYMLplMTFxrKbEFNL4hwpo6zPzacojJnqwJuyYjap"
    "oudDIiliDUIXc/P12Q4NqQcJfIGSMOkyvuzgl/DJpcEe4wcnR1QcaWFMcnOL7JJ/AAljNt"
    "d6gH58G5h4YuewTCGZF8zhxsPpoyh7kUX3ZEHBzDZK71xEzy6PKF6lww94m5XwkyZ+shGQ"
    "nGzBEMYxJnSASHJlRiuwdH4UuojUPzJXMEcbicwbup1pTYXEj4U6yYSybwnGNGpjCUQ+iU"
    "Wo6Cw3Os3z1mSD5l0KULoPz6G1y2HJP9wQT+/DJ4tJhtqr8HHjybYZlI6bIneCfToHKAFO"
    "yPpetzWYSdhNMm4L6BxGparJfq+kCRwWxQP/5EkuXcUKMlpp0/nrpuhLSfP999/4NqiTwd"
    "GxNuewtn03q5ljMYMmzueZZ5gjR4L+AAM2Nz0PFsO5it4SUfGrggXY9FmJibCyZ7pJ6NM3"
    "nwf4+eM0GeEjUS/nPx/8GjxZoZxvsP98ant/eGMchMfHyE1AQNLk0AVIDJciRi++VPv98N"
    "IOrqAAd48+PNx6Pzq2MFAXB/6qqbCq7Bn4qQSmpsOPolxiWWg/Ot5VB3nY90SJHCeryWMG"
    "gNnMMLG6A3K0QIYQjSfmG9/enDLfa8EOJ3Gy/8/ebj7d37m4//PHp38w+F9mId3Prpw/u/"
    "hO3jLLj95/3bG8WDDeabtSCL/J0j82FPEqXAh5dpC/pXLeEODwv/fX12evH64pvzq4tvoI"
    "l6yujK6y2suXt/nwI1WKuziL6ZUTcf0hhJCk940AOcyoMF/cOwmTOVM/h5dbEFP5jJatG4"
    "ulDTmMPe7O/Z74M7Z+pWEmJ/r6yC8IaihwCfvXpVAmFoVQixupfEeOIyxAP31wzO38MdaS"
    "1YPtZJyhTeZkB6Ev5xgOhvAfv+7t3bT/c3735OLNff39y/xTtniZU6vHp0leJL1An55e7+"
    "R4I/yb8+vH+bXtKjdvf/GuAzUU9yw+ErA9aTGCbh5fBSgs2wiTo1eBwj0wzuNINBMLagux"
    "o8TlJqNneazTF1qCKbk5QNsDlQTzSXm+dyTP8tq4/GSJpUSrvL1B06KKr5j/NcFTQ0ECSh"
    "/YG7zJo6f2O+GnoHz0GdXFkybp/6DH0FxqnDhHZzdfNJu3QV2UfiEwswMJnNpC+E33x6c/"
    "P9W9+gMqaT+Yq6ppGAHO/wM566ErXN3lqcLdJXqEOnChx8C3zmPPSLrIcx7uwwHYZzoozd"
    "cMlcwZ0TMkIiHNZ45LaJ1rOjCRVMWcUmfLEE5Xls2ZZcE//+MZkzthTE5nz+NbWtOROELq"
    "kr8yyGzQ+CtsIRW1DLVjbH1Yy5aNVjrhRkyq8VwAAzVzdKWu20Me1FjWnh3KiiIsdpeqgk"
    "N2+FSH2AdbCOkTYD+e7pvTfAT8++KYE4tCqEXN1LYr6kQqw47BEzKmZVEM8Q9nCKn11elr"
    "EDXV4W24HwXgHigska2kUOudYkO61juNyutG+E7Xv4QZ1elVnB0syKLWBX6a/Jps7UA8G1"
    "CsBxmh6CfFZmzSpesdIIg0BaTe6JCPaH7UCshWSLtmTKJL5lduHiPTizAytFoQq+EUEtfD"
    "tmTEpvuGWESmi1ZcPNiJXa8dLbbTZjeyo2kXxJh6/kOJRvA8of/vaR2UUe+eKgqcNkfsYu"
    "lfx4uPPEXKHAaAKxN7H+egybb+1pAK8b7KjHQI09c4qKjJg3gdat6u1GzHuGWOv23fRnWW"
    "Tnzfl8d9h74wtIWbtvnOaEjBz2hzRgu7CCIEtvMYa7xJKCLGABhtcS12TkG8xxsx6p4Egh"
    "LdvGEEnPMbnD8ky/rY1TPwpz07vqZ2nGBBBosSMyM/5Chm0JRabDM7toUZaWrGYWiAh6KP"
    "a3EW9lUyENtJRVihxMUu1Rg92P7toK0ol1Mwt2YeBrhm5/sa+nbaHdcOzrBBYVw6EON5iX"
    "40q/taaF6GZIexNZ/O3Z2fn567NX51ffXF68fn35zasI5uytbXjf3v0FIU/M9BweaPtBX+"
    "0HCe9jQtaqwuYkpWZzp9mcFLCrsDlJqeP6usxlHden4/p6ENe3gTw0QDRgJHvnd9Uv0JMu"
    "S89txFh9D/30DKbWLYl/5QAatbcZEWNNhjvth8hL498+RTn74dsnBiioVG7ieo6D+dPYy5"
    "BYjsrHBu2euSp32zJH18RlC4752qsZc5SxL8iwtgQREtY0M2s6bGeIilZDhYy/ruy2DMZh"
    "NPBHU5bBbSpo7m6ao3cGq2Z34/D2qHcWWwyVaUqw3ytYWOIk+1P/2+dEY/YVpj7kLKL38D"
    "kURF9EFL0IHdom9L/9x31C3g+NgPk58mHzmNHwDabN/5nZmisK5jESLZhvF8zDhb0Jwbx/"
    "wk9aMI9NrM4l3MSE9CIxKinH7xCjAv2hrAfW4SZD8QVlGekydg1SC3Fg7XPJZEYdUEQIhy"
    "mEV1WGC7ehm7EnyWNQUGdJXVgnfQlpRS2JElKBF7a1sVQeDswCCXdHBOhM4bd3+ZNlqoo8"
    "Y5tP5oJ4juTeZAZyGBm5DCaxkCKgGKphGJ3MSHDHL9izoCZW7JmxQJYb+n5ieBeYkSDULa"
    "E5FdxR+UPqoYmHHCB8/G82kdeYbwQ/VYYQ9GK5RHiLIjHw14wbPXKb/KYThbrk1vXnYsUd"
    "LkH0DMwPx6C4E+EYotUdiy/jUzwgsVenJLSYkhDsOFl8//rpw/siX21EkvYrWBNJ/kPCWJ"
    "4Dg3oLtAjGdu0irUiklgrsIK1dqO23ysSOCPoXVHNaKtTjdEuox2k21AM0B1lp5YgI9NJR"
    "YulAudHw5cZqICfI+jeXm881Bh0A3ntRZZGOkTxrke4Y0vteoz2Rm65XjHtEoFGvj3qo1V"
    "YBPk6jsa+P/YsH8XUM/5cJ4xPWwrMVRlkOcNBvqFOwucbp0qVxgbAtMSa6sufSuB8+/JT4"
    "Am7v0mb9z+9u34Jgoz4HaGTJAsRfzNbfsfnejB1Eh6HWAfjgItcSKTzVPp4cUu0w2+4wS5"
    "vVm3Cc9TfFdZhyoOVMuM450kI3ZpEXLebmLBGJVNZ/pgRndGSMmX98A7qImDn0D4VQEUCT"
    "CVuq6UQkV1eYkxNpVL+rwPu1AHhMYE7oaCKWqf6b2BY6zdCN9Z1/SgWAow69wGMy7BVdi2"
    "gssrLkDBphDyrKCbqEzh/heZi7hEeVIyKZbatad+izQl/dBPsLCIPeAzPnCRnRR8lcI3BK"
    "xp8ufNsHZzXjInSu+WPjw6F/T6BLDjoJ67hExOrp4XagqcMLuAiJbRIL8zv5Cr7CUfDwIP"
    "AJZniOxCp9gq7h0a3JDEkn8FQY1YWZn3XisiKTV2yIUuFZeOSHmnH5YVm4S8SGyfn4/JHL"
    "DJVe98oNueFXqUFCXpYfID0tqr2Uot4ymHaNvqhrVMfkN6sPREt7NRkxTrXfSdx5SGMbWh"
    "Xze4qsh56O5u3vyTW+7OxNUuklIX1SjhKWKmKaINKQpiHNkUhKI5tDq61a2qG8R4dydV9y"
    "n93IZ6WqC24pLpjZxviyoDBasVctRqJjfZ7hVdOVX9uu/HpoHrOXmdwNOsyUgarKfI4Iej"
    "iZm9c54va4DMjbXWgpUl38odMuNO0p/V9gMwMI6zA5Tqc/5C5zWPvCtS+8I1Dvwxe+YUWs"
    "3kVK7q5awiRZa6Mn2LdfxSQqu10UNhCvy70jbkDVAlftdgYOfOILJmeqmghXHnXl0vZPqC"
    "McM2LxN2bFOphmimmx2ZCBOp34wQL+JeVOf8C3ehgQ7sKfeODEw+CajOZsPSIIh+9vV7UQ"
    "yJGcwRqDybJDIiZ8Ce8Fg1kcfrrsyUJ/LXnwzl6dXR1DA45Js1RmQg5gwnnM9DN9V9BA5f"
    "9Cv5K6UpyQkbL7BY/mt32AN38YCHiE8C/mwBMfwYMfDx8c9eSP8OTYUiXxTjnHBN9HYIEY"
    "kUcs24zRAtgDg2EFFm9hlopfCA0FxQm5YQ2sADT8E9DJpOMmXfabtpEZUxVBBWFkh4NbTS"
    "LD9BSN9m930b8d425Z/T1G0kMNvuGDcubwUlXADdv3ENnmDdm4dlXB1m/eR2jbqJCttpwq"
    "ToKIQLsInuEi0M7F9lZjKiVbLPNmdWEyU5ykN8XImytF5rq8kvE/IujdKQXnpdbg8y1r8H"
    "l2DdZW4Trr8sHZDEN9qiKPY2SawZ1msDb7953DOlBcF2/viln/GcXb2zdSe6a13UgdNhju"
    "NlJj03JG6l9mnJiWqay0foLXgjtsPQwqHa6vCXfsNVEGXPjqVVHFAEZlv8VXiWo3wnVolz"
    "VitzXI7lyuSlZUXf0a7+2j+nX1DV9Lc3qv74P8ViGaXjnkKtkQnvLLDvbB4HVRxohwUWxD"
    "uNBm3Jcz42YE2BeUs26pjbLwNkkr1mS3rDX2G5eVtkAAor5jncyoIGKJTncUg/yK1pYDt3"
    "2H+zWZzNhkzkxCp8At4XvZoblrMZEnYzXVtQofUP0EHnor0B/QH6+kN+oQtP2uid8MxbRj"
    "P7gAl3MVXOAPFHRg0rXv1V8xNvf/AgFQzh4GgWdfckltvOHn7Y/ZFMYk8EIjFTIwIkevlP"
    "wXtTwGCVE5y6N6WiOygpeeutSRKvKAYNVuvxD5g2NbCyssMQ5P5D+cEjqLYwKWnisUW9U7"
    "Rn+Em5XqQl3FJ3xe5W4teO5L8IyYWnZPjQh6uKeelkkxOS3OMTnNJpmEn0ppH11IoOEtC2"
    "+ugL0D4XwJuw8gn5fJsjwvzrI8z2RZblb20mtERNFDgBv2NPu7ZQbcwu0vaq9L/+eVwUQZ"
    "r2Y10ixtb9z4ey5GOkPCekzIkGoe1ONBUhmoxoQsreZCeS50Srn3TFDhbsR8q3ofbzTcre"
    "Cr5gYV83I6/k0YnQ8UqrgdWXCXxdXvVAA8VorzleJAew0j9U02sS0Hf+eVEmxplLr18WJx"
    "NTui3zeAGhG1DoLvYhC81pZbVee0pqE1jUPRNOiCe7VVjRziPoG8Z1HX4dXi4MP2vYssbi"
    "W7Q6cZJI4dK7PnbTt0LA1vIHzWXEjyqPUhKnUXEh1EX8iQPkXlhIXfa/A5RaojrQ+Cz+Oc"
    "7M9dJWMjMh2FlT7hTsev6/j1vUB70PHrPzFzyty3jnTX24yvqWbDneZXWxEYGJy0LmeA/e"
    "AwghbNIPqH+D18l44xH8JrLMbRiSjcw/CpKV0OsZoKGkRVxZVZ0NeYPcKkzNph2xxMBWJh"
    "4YPAhItxXL4JFz8y/68nbkWW3Al3XaZMjg+DE3JDsBXeoQRbkdHE5oKJkSrS4ld4wegw+u"
    "DM1KkqgqgGftkWpN/0pwrMTJnwI/ip3zMeZ0iORkErMTom4zVGoMGXi5FlSueHdxhROSKO"
    "gmLKoQucc9dhHxiohq/tG7bEUP3AL1c9mrrjWhOFLlZ3wQc9ISOFmQIFHt604MGkjz9cUQ"
    "AiccAQ1TZAtOYZMJFVUwWtqSlA17us3MG83VjsCkzcqUNTorFi33qNYRV11bF3m+6D3n1p"
    "sFyn4fQo2XXUvPQA4SmD5foPz32q6nAQ7PdqqmpA0IydS0fu6YIxbXoi/J2h2gTf0DRigf"
    "mfmeLxGo2bta4C7jEqbfuqi712bba6oGituVEjhD58udnD1jpSibiX6C64Wa1uYkTQx5W1"
    "lIvydIuL8jTrotTZ072036N2n+FroRgYtO5THEVjwSqYZlgByrC5xjIHy8j4VBLMqL1GU4"
    "dRdVkDRPO1sbQm3PBExZzcDKnOF6jHA4APrdQ4m42FNXF5NT7kkutPojY7LGfpSUPyOcs7"
    "BXFrlnqKUn8Q9TjAPVmXBRlSzYOaGwOdzJjhMmrW4kMuuebFc3ixci3JnsGMNL3mRj1urN"
    "jYEIy6gGmVUuFpst7A35ha4E9TQZ9qR0YX9dAbrPedTyyktahxXG6Cbo/H5UZXDva83L2f"
    "bt45mb/lgncqEqoKvhFBD+E9L+PyPC92eZ4rl2eXct/9yMpPmI20OwAzajYsG4AZpTntDs"
    "C8n/kHwbl8RY4sk5weE3VKnKBrjCBkLouFShKM7TVFUApYxeORCbVtuALthOTLJTOzcZct"
    "jKHCLWEA/BFEXGLFu03DBTXZMQZdzqAjvKWCFZlJxp6U3AlK4PlD4m1LwiiOwyUZM/T1Cf"
    "hWjtsoXPzs4nGHEoP2TIGrOLrMpkIalWP84lRa0KonaCkMq3s0Y2Q6K6nLXs1DkDr2dRJS"
    "IzJHIi7I362qwBsj6R3AzcexIVpGdc0kRdY7oC9LhbVcbglrucyGtQQzs8ZmkKTU+0GX94"
    "OQV9WSVJNUOuSuW6rnz8wx4S1/5La5TfVMNRvuVD2XPoGBaV/lVM8blSLmq4J4cExwAjji"
    "B3oaFhvHVDj4c83kd0pDXHF3jserC4ZqmoCbMcUxr+5aswP4xdbZ70rhxBS3QGNV+Y4nZO"
    "QymKdCjsicsWWQf+efcy6lzRZY4t1hDHTbQBlVrWF4FVSJCu+DwxU6QW6dctSSMfccc0hw"
    "Tfe9Iscn5A565Sv4ePBJ/Mw7PmFC+O+Kui8MPCSeIy0bntmG3Y0Z6teoTlJdybSt+BTQyV"
    "vdVup0ITmdbXGo22knsi36CWdn0i36Ca/Ot9D5Fl2Ysgeniep8C51v0T0sdb6FzrfokU6o"
    "Y/07yo7AVJRlQvEBmDESfQRmxSMwE0H+aGWrIrFHBD2U2K8uSgjsVxeF8jreSkUUbCyTVe"
    "X2FKkW4DsnwHfK7YGl6bY6PMIGw92uDmxa1sfh18SjDqHmwnIsJJDcRZ/Ad2Skbo4IFeqY"
    "VnQjYCk8dVWcrOnCviaPLl8QVZePOwSj1FDOyTlTttWRKvoLIqvF7ip16gmMiKCqt6CVCL"
    "sDOZ61tQA7baVq20oVrSBlxbmIQAtzzxDmBPfcPNy3HBgRUfRwardyJoc2wPZGfkt8OkxW"
    "DAPaUGg3UNdigFz+ZJnM/Syg0XahONWwjHDskxge0pSTkn/BqJUgjEURfyWIy5bcDXJEQF"
    "KlQZQMiKbciWpMg7JNTGxx9Pn+zXFWKG6y4xwZ+NfQ0+ALQL89Jy9ka8WGfgmuLxzgon1J"
    "zfk/tKLQrqKgq7y8tO1dV3l5eR7oKi9d44Wu8tINbugqL21VeTnIioM9kd03bHhkEuZonT"
    "yzJKW2LnXOutQlg8jHHYU4wvvDneYP9od//Jbhli7B8c6ybQsjwwJ7xOdPxOQw7VzyyF1l"
    "lGCey4eB7y7j3EP7xuI68NYlnHhZe0h7Q6ncKPyaRuTo7NXZ1enp2elxmJ0EOvTmsDALx+"
    "5kZY0DMZ+05vczc0/T3mIZyT1L+6C3t8bkBx1B1yk5Qnv+tOdPy2aH5PnTyf8tyLmfghTt"
    "n6yFJbcJvJmGuyVfEaZ/20hTwfFHiZjwJZZsWxPVybV6dpWyz4nqLeaWOyEj+Nd48FDKHK"
    "labxSPpBXc+UoQm6+YEmRzIuTaHEyJv9RdYDU69a5kwagT5OP7ZwUvVJ941DAw01HlAp4s"
    "jIkbEdcSeF6vJWeE0cksOMF3SARXHTw41Gau9AvbSSxpQKcwMaEL9S6G5ZfAY4ulXCtB3i"
    "8e4B/EXey7VMR4N+zleQ5MLX4/U/yO+FFaRAkJeiihNJ94H83yqgjnJzP3AeTzqxIgn6eF"
    "j1iRs6s0yCa17HXNFK4srT4ytb5fgM1rMyKHWHOiLidUzmdtVuRRa17U5YXkkto1OZGl1X"
    "yoHVMBMvVzdop8es2P5/DjeetUUQ+aJ3V5opTJHCZsO9AiotnjYRahBnawZ1ko3dp4/aoq"
    "1jEyDXdVuL+tB/e3Gu5acC9oXn51CcBDQg15lcNxfLteBRNZnGR/Xr7TdjfM5nypS3QF1Q"
    "kCSlJqR1OnHU0hs6o5m5JU2uHULYeTShz7nq63+ZribYY73UwqrcwIsnJKe5h8nw3xBDNT"
    "SV8Uo5P86s+IpX/w0IS7LpsEpZhhCgOVtyz0KDXWea6bJiqvG7xzrBqsTjursh/pusrd8T"
    "w0797RWX3Nha7pCtXP3IJ1kuQ+kySDWndVEmDiJDr5Jb0C6KzTl7b+6qzTl+eBzjrtGi90"
    "1mk3uKGzTtvMOq3ngc2Q9gbdPU9uEAuthTIp1mNEPr3mxnMWfkGfavOjqAfNkfIc6ZJJ+Y"
    "a51mQ2KLImB7eHOw3JdNNwlxW5mCM6hbVbMfR4AlWu67XY3BIj6aHB5ezyskym3+VlcaYf"
    "3ksFFSyXVRAOmvcQ3VbMWTCiZE6l0x5iJLpAcMUCwS+6t/35X34fH2w="
)
