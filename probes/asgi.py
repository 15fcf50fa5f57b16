"""The application that uvicorn and hypercorn serve: Starlette's, or FastAPI's (PROBE_FRAMEWORK=fastapi)."""

import asyncio
import os

stopped = asyncio.Event()


def starlette_application():
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse, Response, StreamingResponse
    from starlette.routing import Route

    async def hello(request):
        return JSONResponse({"name": request.path_params["name"]})

    async def turn(request):
        return Response((await request.body())[::-1])

    async def count(request):
        async def numbers():
            for number in range(3):
                await asyncio.sleep(0.01)
                yield f"{number}\n"

        return StreamingResponse(numbers())

    async def stop(request):
        stopped.set()
        return Response("stopping")

    routes = [
        Route("/hello/{name}", hello),
        Route("/turn", turn, methods=["POST"]),
        Route("/count", count),
        Route("/stop", stop),
    ]
    return Starlette(routes=routes)


def fastapi_application():
    from fastapi import FastAPI, Request, Response
    from fastapi.responses import StreamingResponse
    from pydantic import BaseModel

    class Name(BaseModel):
        name: str

    application = FastAPI()

    @application.get("/hello/{name}")
    async def hello(name: str) -> Name:
        return Name(name=name)

    @application.post("/turn")
    async def turn(request: Request):
        return Response((await request.body())[::-1])

    @application.get("/count")
    def count():
        return StreamingResponse(f"{number}\n" for number in range(3))

    @application.get("/stop")
    async def stop():
        stopped.set()
        return "stopping"

    return application


application = fastapi_application() if os.environ.get("PROBE_FRAMEWORK") == "fastapi" else starlette_application()
