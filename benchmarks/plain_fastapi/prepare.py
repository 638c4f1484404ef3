"""Create the tables in the database of PLAIN_DATABASE_URL; print the token of a new user."""

import asyncio
from datetime import UTC, datetime, timedelta
from secrets import token_urlsafe

from plain_fastapi.app import Session, engine
from plain_fastapi.tables import AccessToken, Base, User


async def prepare() -> str:
    token = token_urlsafe(24)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with Session() as db:
        user = User(username="clerk")
        db.add(user)
        await db.flush()
        db.add(AccessToken(token=token, user_id=user.id, expires=datetime.now(UTC) + timedelta(days=1)))
        await db.commit()
    await engine.dispose()
    return token


if __name__ == "__main__":
    print(asyncio.run(prepare()))
