from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS "user" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "username" VARCHAR(64) NOT NULL,
    "username_folded" VARCHAR(128) NOT NULL UNIQUE,
    "password_hash" VARCHAR(255) NOT NULL,
    "password_set_at" TIMESTAMP NOT NULL,
    "role" VARCHAR(16) NOT NULL,
    "language" VARCHAR(2) NOT NULL,
    "theme" VARCHAR(8) NOT NULL,
    "created_at" TIMESTAMP NOT NULL
) /* A person. `username_folded` (case and compatibility folded) keeps look-alikes apart. */;
CREATE TABLE IF NOT EXISTS "session" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "seed" BLOB NOT NULL,
    "generation" INT NOT NULL,
    "address" VARCHAR(64) NOT NULL,
    "device" VARCHAR(200) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "seen_at" TIMESTAMP NOT NULL,
    "expires_at" TIMESTAMP NOT NULL,
    "revoked_at" TIMESTAMP,
    "user_id" CHAR(36) NOT NULL REFERENCES "user" ("id") ON DELETE CASCADE
) /* A signed-in device; `address` is an IPv4 address, or the network of an IPv6 one (64 bits). */;
CREATE INDEX IF NOT EXISTS "session_user" ON "session" ("user_id", "revoked_at");
CREATE TABLE IF NOT EXISTS "conversation" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "title" VARCHAR(200),
    "last_words" VARCHAR(200) NOT NULL,
    "next_position" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    "deleted_at" TIMESTAMP,
    "user_id" CHAR(36) NOT NULL REFERENCES "user" ("id") ON DELETE CASCADE
) /* A conversation. `next_position` numbers its messages; `deleted_at` can still be undone. */;
CREATE INDEX IF NOT EXISTS "conversation_list" ON "conversation" ("user_id", "deleted_at", "updated_at", "id");
CREATE TABLE IF NOT EXISTS "message" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "parent_id" CHAR(36),
    "position" INT NOT NULL,
    "role" VARCHAR(16) NOT NULL,
    "content" JSON NOT NULL,
    "model" VARCHAR(100),
    "state" VARCHAR(16) NOT NULL,
    "stop_reason" VARCHAR(64),
    "problem" JSON,
    "usage" JSON,
    "requests" JSON,
    "cost_nano_eur" BIGINT,
    "simulated" INT NOT NULL,
    "turn_id" CHAR(36),
    "created_at" TIMESTAMP NOT NULL,
    "conversation_id" CHAR(36) NOT NULL REFERENCES "conversation" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_message_convers_97ca4b" UNIQUE ("conversation_id", "position")
) /* A node of the tree; it never changes once it is whole, but for the parent of a waiting one. */;
CREATE TABLE IF NOT EXISTS "turn" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "user_id" CHAR(36) NOT NULL,
    "command_id" CHAR(36) NOT NULL UNIQUE,
    "fingerprint" VARCHAR(64) NOT NULL,
    "message_id" CHAR(36) NOT NULL,
    "answer_id" CHAR(36) NOT NULL,
    "after_message_id" CHAR(36),
    "state" VARCHAR(16) NOT NULL,
    "reason" VARCHAR(24),
    "options" JSON NOT NULL,
    "language" VARCHAR(2) NOT NULL,
    "simulated" INT NOT NULL,
    "owner" VARCHAR(64) NOT NULL,
    "lease_until" TIMESTAMP,
    "created_at" TIMESTAMP NOT NULL,
    "ended_at" TIMESTAMP,
    "conversation_id" CHAR(36) NOT NULL REFERENCES "conversation" ("id") ON DELETE CASCADE
) /* A question being answered, from its acceptance to its end. */;
CREATE INDEX IF NOT EXISTS "turn_open" ON "turn" ("state", "lease_until");
CREATE INDEX IF NOT EXISTS "turn_conversation" ON "turn" ("conversation_id", "state");
CREATE INDEX IF NOT EXISTS "turn_question" ON "turn" ("message_id");
CREATE INDEX IF NOT EXISTS "turn_after" ON "turn" ("after_message_id", "state");
CREATE TABLE IF NOT EXISTS "turn_journal" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "last_seq" INT NOT NULL,
    "events" TEXT NOT NULL,
    "turn_id" CHAR(36) NOT NULL REFERENCES "turn" ("id") ON DELETE CASCADE
) /* Events of a running turn, in the order of `id`; removed when its answer is stored. */;
CREATE INDEX IF NOT EXISTS "turn_journal_turn" ON "turn_journal" ("turn_id", "id");
CREATE TABLE IF NOT EXISTS "aerich" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "version" VARCHAR(255) NOT NULL,
    "app" VARCHAR(100) NOT NULL,
    "content" JSON NOT NULL
);"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        """


MODELS_STATE = (
    "eJztXVtz2zYW/isYvawzo3hixZdss7MzcuK0bhO74yjdXtKhIBKSUFOAAoBWPN789x6ApA"
    "TeJFKRFJnlS2IDOAD4HeDg3AA/tFwfBx5xBJbTw/dESsrZDZ+1vkMPLYYnBH4oatJGLTyd"
    "phroUoUHviGUYWPTciCVwK6C4iH2JYEij0hX0KnSLaBxF0k6YsR7ShnyyB11yUvUx54noJ"
    "M+ohJhhi5/vjtGUVkbcYHUmCBG1IyLW8SHUZNTxBlBB6fHaECVfHKox/e4CxOgbLTdoT6y"
    "j6wHDQUZAuEYKX5LmG7eHxFGBNYf20dMj+ERQe+Ih4aCT0znkog7Iv4l0S25b6O+JMTrwz"
    "AeYm0kOTTBSrf7yAy+CPt6aD4lTCLG1Ri+zbTGyOdSwY9yRgRyYZ4DgkYwFEN4hCkzcASM"
    "fgqIo/iIQJcCQPnjTyimzCOfidS/PrSGlPie+bkVwNwc6mlKQe7gmzwHq5amIJ+nIuSyjD"
    "uJl03EfUcTm2VxPzXlLUMGq8H88kWTTG8dM1pi2YXjmXInpv3w4fL1G9NS83TguNwPJmzR"
    "enqvxjBk3DwIqHeoaXRdxAHiWWuQBb4frda4KIQGCpQIyBwTb1HgkSEOfL2SW/8ZBszVPE"
    "VmJP3P8X+jqVnNHOfquue8v+g5Tiuz8PUUUgs0KnIBVICJMqWxffgS9rsAxJS29ACvfuje"
    "HDw/fWIgAO6PhKk0cLW+GEKssLPg6IPFJZKD8zllWNznIx1TpLAe3CsYdA2c44IF0AsJEU"
    "MYg7RbWM/fXp/rnidSfvJ1wS/dm/PLq+7Nbwfvur8atCf3UdXb66vv4/Y2C85/6110DQ8W"
    "mC9kQRb5S6byYU8SpcCHj9kW9M+2hDtMFv572jk6Pjt+8fz0+AU0MbOcl5wtYc3lVS8Fai"
    "Srs4i+GmORD6lFksITJvoIl3Jrgj87PmEjNYZfT4+X4Acr2QiN02OzjDmczeGZfRXVdExV"
    "EuLwrKyC8IKihgB3nj0rgTC0KoTY1CUxdgXReOjzNYPza6hRdELysU5SpvD2ItLD+IdHiP"
    "4SsHuX7y7e97rvfk6I69fd3oWu6SQkdVx6cJriy7wT9L/L3g9I/4p+v766SIv0ebve7y09"
    "Jxwo7jA+c0CeWJjExXFRgs1wiLI1eGyRNQzeawaDYkyhuzV4nKRs2LzXbLbMoYpsTlJugM"
    "2RedJwefNctuzfsvaoRbJJo3R/mbrCBtVm/vA21wSNHQRJaN9wQeiI/URCM/QS5oFZri5p"
    "+6c+QF+Rc+pxQrsoXWxpgWdz/4i9sAADj/hEhUp49/2r7uuL0KEywO7tDAvPSUCua3iHp0"
    "rmbbNVk84kXYIZHhlw9FfoOeehX+Q9tLizwnUYr4kyfsMpEZKzQ9TXRHpYZ8h9T3vPDlws"
    "ifGKuXwyBeN5QH2q7lFY/wTdEjKVyOf89in26S2RCE+xUHkew+0MstoP17jHvql7LOZ2Fa"
    "PXpqmh2bt5v0JqS62DtUW6GchXL++dAX7UeVECcWhVCLmpS2I+xVLOOEj9MZbjKohnCGu4"
    "xDsnJ2U8OycnxZ4dXVeAuCRqDXshh7yxDffaahDcr3RuxO1ruKGOTstIsDSzLAF2mt5NPm"
    "ajAFTRKgDbNDUEuVNGZhVLrDTCoJBW03vmBLvDtiXvpSKTbemUSXzLnMLFZ3DmBG48/bU9"
    "BTLOjmKb/CGdL5ETwTyPKN/8dEP8ohBwcZbO42R+xhGS3Dyc3YFFbsDYBGKvrP5qBtvWvT"
    "5p7Iq8PzkYr/AC2Vwu6w2yaQ5Rn5HPyoE9TaPUq2AygFpElUQT2CXwWfIl6oduNC1R+yZl"
    "Sirq+zpxKmAeZyTPIbS1cdbPzVr0bvqZetYpAS1W5GvZH+T4VBqyJmlrH71SiqpqpsWcYC"
    "3VbM8iSzvIwvCxVI62tivlEyWpdqgF70b/3QrSCbmZBbswHS5Dt7uMuKNtob3hjLjGwFhH"
    "LD8KAyPhPU+c81XYnKRs2LzXbE4qd1XYnKRsMk32mctNpkmTaVKDTJMF5LHxuwEfzbuwq3"
    "qBnnS5B2Ij3qwe9FMzmLbuxfqRA2jYX+bAspq0V/quNC+dv0KKcr6rizsCKJjLhUgEjOkb"
    "fbqXNqLM3BAEy5IIc5uQev2XSJAJ1zcIZ2PCjKMpuvNHJZIKZJqXdVttZ4iKHiuDTChXVn"
    "ulbBgd/cumvFLndFRoXOaepjkWZSQ19zePJLQo/93pPH9+1nn2/PTFyfHZ2cmLZ3PTMlu1"
    "zMY8v/xem5kJ7Si2O4u9VcYtIsmnCta9TbI7w377nNiYbU/MRs4i2oPtUHCtYE5Ri9D3Mq"
    "X/4tdeQt+PHVD5tzbj5pbD6pW+yPklczRXVMwtkkYxX66Yx4J9E4p5/ZSftGJuLay9SwG3"
    "lPQiNSqpx69QoyL7oWz0j3GPaPVF6zJKEPIStBbEQPYJ5I4xA0MEcVhCuhR0mNmY+9DNIF"
    "BoGD3xMMUC5GSoIc0wVVpDKogAbm0s/YpEH1aBgto+AjpPhu0Fv6OeeSNi4HP3VqKAKR64"
    "Y9DDUF8QWMRSyYiibYYh2B2jqCZ8QmKCPf2GxJhEulw7jFHCt8CKBKVuCs2x5MxktJtJo0"
    "BzAPHBX8RVL3UGPPxq3smAXqhAMpgUqYF/ZEK4c5f9n02i+z6FFMO1WPGESxB9BeaPx6G4"
    "EmEL0epBrW8Tz3pEam+TUrvFlNroxMni++P766uCQOGCJB1XoK5C/0dxHskjg3oJtBqM5d"
    "ZF2pBIiQrdQdq6MMdvlYU9J6hfQsdRqTSDoyVpBkfZNAOwHFQlyTEnaERHCdGh9UYn1Bur"
    "gZwgq99a3vxdObAB4LsnVYS0RfJVQnrPkN61jA5k7nWTYtznBA3q66MeW7VVgLdpGuzXx9"
    "6Feodhxh0S5MTNl0VQMqRrmTN7hv8uwynW2UongW8wynKAg32DWcHhatOlH2sEwm2pMfOS"
    "HT/WeH39NrEDzi/Tbv0P784vQLEx2wEaUVWA+Dfz9e/Zet+MH6RJQ10H4EeXuZa4PlJt8+"
    "SQNgGz5QGztFt9E4Gz+t6Ba6cCaDkLbu8CaXEYsyiKZoU5S2QilY2fGcVZBzIGJHxQXIeI"
    "iNcOnyk3GUCuS6ZmOSHFTQlhOZlG63cVRb8mAI8HzIkDTYh65j/XpzpopsNY34XvpgM45h"
    "l2/XC7P8P3cj4WmlE1hka6B5PlBF1C50OYDxFTmKrqI0V8X0fnTMxKx+pc3V9EGPUeuTkP"
    "UR8PFRFOFJS0Zxd/7Uc2G3MZB9fCsfXkdHxP6pAcdBK/QzAnNrOH6shShw8QGhLfQ1TfLe"
    "Qz2IX9aPKg8EniBExRvw+zu4epU3esSV2Ylc7q0rcO18nLmru8rCFKpWfpR+jNistPy9Kn"
    "hDVMzuYLRy4zVFrulRtywa9Sg8S8LD9AellU+yhDvWSwJjT6zd8Aa3LyN2cPzEV7NR3Rpt"
    "rtIt57SK0DrYr7PUVWw0jH5v3vSRlfdvUmqRqRkP7bDUZZqohpgqiBNA1pjkZSGtkc2sar"
    "1QSUdxhQrh5LrnMYuVPmGOsUH2OdzDHGpwUvJxVH1SySJtfnK6JqzcuF23658LFFzL7N4t"
    "5gwMw4qKqs5zlBDRfz5m0O2x+XAXl5CC1F2jz+sNchtCZS+k9gMwEI12GyTdds5H3mcBML"
    "b2LhewL1LmLhC1ZY712k9O6qT5gk39qoCfbbf8WkSwR1x62ipIGour0yZwAvGq7KGihGZc"
    "N/3eif8lzHV96WKw5k6n2eKyOLDTWLpIam2lb+zoveWRUQjprXEN2tXORqLinu1HGZUbt2"
    "mRH35W9uAMdX"
)
