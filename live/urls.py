"""URLs of the pages and of the websocket's credentials. The websocket's own address is in sockets/routing.py."""

from django.contrib import admin
from django.urls import path

from live.pages.board_page import board_page
from live.pages.player_page import player_page
from live.pages.presence_page import presence_page
from live.rest.live_ticket import LiveTicketView
from live.rest.viewer_token import ViewerTokenView

urlpatterns = [
    path("", board_page, name="board-page"),
    # A user id may contain a slash.
    path("players/<path:user_id>", player_page, name="player-page"),
    path("admin/live/presence/", admin.site.admin_view(presence_page), name="live-presence"),
    path("api/v1/live/ticket", LiveTicketView.as_view(), name="live-ticket"),
    path("api/v1/live/viewer-token", ViewerTokenView.as_view(), name="viewer-token"),
]
